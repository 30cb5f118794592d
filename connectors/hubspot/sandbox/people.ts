/** People as they stand in a CRM after some years: right on the whole, untidy in the details. All of them are made up. */
const FIRST =
  'Ada Anaïs Björn Chloé Dmitri Élise Fatima Giulia Håkon İpek Jürgen Katarzyna Łukasz María Noël Olga Paweł Renée Søren Þóra Umut Václav Wei Ximena Yusuf Zoë Anna Ben Clara David Emma Felix Grace Hugo Ida Jonas'.split(
    ' ',
  )
const LAST =
  "Müller O'Brien García-López Nowak Sørensen d'Angelo Åkesson van der Berg Çelik Đorđević Ferreira Großmann Hernández Ivanova Jansson Kowalska Lefèvre MacDonald Nguyễn Östlund Petrović Quintero Rossi Schmidt Tóth Ueda Vasquez Weiß Xu Yılmaz Zieliński Smith Jones Brown Taylor Wilson".split(
    ' ',
  )
const COMPANY =
  'Northwind|Müller & Söhne GmbH|Acme Corp.|Blue Ocean S.A.|Contoso|Fabrikam, Inc.|Globex|Initech|Umbrella Health|Stark Werke AG|Café Central|Société Générique|Wayne Logistics|Hooli|Vandelay Imports|Østfold Bygg AS'.split(
    '|',
  )
const TITLE = 'CEO|Head of Sales|Buyer|Office Manager|Sr. Engineer|Einkäuferin|Directrice marketing|IT Admin|Founder|'.split('|')
const PLACE: readonly (readonly [city: string, country: string, prefix: string])[] = [
  ['Berlin', 'Germany', '+49 30'],
  ['München', 'DE', '+49 89'],
  ['Paris', 'France', '+33 1'],
  ['London', 'United Kingdom', '+44 20'],
  ['Warszawa', 'Poland', '+48 22'],
  ['New York', 'USA', '+1 212'],
  ['São Paulo', 'Brazil', '+55 11'],
  ['Malmö', 'SE', '+46 40'],
]
const STAGE = ['lead', 'lead', 'subscriber', 'marketingqualifiedlead', 'salesqualifiedlead', 'opportunity', 'customer']
const INDUSTRY = ['COMPUTER_SOFTWARE', 'CONSTRUCTION', 'RETAIL', 'LOGISTICS_AND_SUPPLY_CHAIN', 'HOSPITAL_HEALTH_CARE']
const GOODS = ['annual plan', 'renewal', 'pilot', '50 seats', 'Einführung', 'mise à niveau']
const DEAL_STAGE =
  'appointmentscheduled qualifiedtobuy presentationscheduled decisionmakerboughtin contractsent closedwon closedlost'.split(' ')
const TROUBLE = [
  'Invoice is missing',
  'Cannot log in',
  'Export stops at 99 %',
  'Umlauts are broken',
  'Where is my parcel?',
  'Price looks wrong',
]
const CLOSING = Date.UTC(2026, 0, 1)

type Random = () => number

/** The `index` makes the address unique; everything else is drawn. */
export function person(index: number, random: Random): Record<string, string> {
  const first = pick(FIRST, random)
  const last = pick(LAST, random)
  const company = pick(COMPANY, random)
  const [city, country, prefix] = pick(PLACE, random)
  const properties: Record<string, string> = {
    email: email(first, last, company, index, random),
    firstname: untidy(first, random),
    company: untidy(company, random),
    city,
    country,
    lifecyclestage: pick(STAGE, random),
  }
  if (random() >= 0.06) properties.lastname = untidy(last, random)
  if (random() < 0.85) properties.phone = phone(prefix, random)
  const title = pick(TITLE, random)
  if (title !== '') properties.jobtitle = title
  return properties
}

export function company(index: number, random: Random): Record<string, string> {
  const name = COMPANY[index % COMPANY.length]!
  const round = Math.floor(index / COMPANY.length)
  const [city, country, prefix] = pick(PLACE, random)
  const domain = `${slug(name)}${round === 0 ? '' : round}.example`
  return {
    name: round === 0 ? name : `${name} ${round}`,
    domain,
    website: `https://www.${domain}`,
    phone: phone(prefix, random),
    city,
    country,
    industry: pick(INDUSTRY, random),
  }
}

export function deal(index: number, random: Random): Record<string, string> {
  const properties: Record<string, string> = {
    dealname: `${pick(COMPANY, random)} – ${pick(GOODS, random)} ${index + 1}`,
    dealstage: pick(DEAL_STAGE, random),
    amount: (Math.floor(random() * 5_000_000) / 100).toFixed(random() < 0.5 ? 2 : 0),
    deal_currency_code: pick(['EUR', 'USD', 'GBP'], random),
  }
  if (random() < 0.3) properties.description = `${pick(GOODS, random)}; ${pick(FIRST, random)} decides.`
  // People pick a day and HubSpot keeps the time of day at which they did.
  if (random() < 0.8) properties.closedate = new Date(CLOSING + Math.floor(random() * 400 * 86_400_000)).toISOString()
  return properties
}

export function ticket(index: number, random: Random): Record<string, string> {
  const properties: Record<string, string> = {
    subject: untidy(`${pick(TROUBLE, random)} (${index + 1})`, random),
    hs_pipeline_stage: pick(['1', '2', '3', '3', '4'], random),
  }
  if (random() < 0.7) properties.content = `${pick(TROUBLE, random)}.\n\nSince yesterday. “${pick(FIRST, random)}” saw it as well.`
  if (random() < 0.6) properties.hs_ticket_priority = pick(['LOW', 'MEDIUM', 'HIGH', 'URGENT'], random)
  return properties
}

/** Mixed case, plus addresses and stray spaces: the vendor tidies those itself. */
function email(first: string, last: string, at: string, index: number, random: Random): string {
  const plus = random() < 0.05 ? '+news' : ''
  const address = `${slug(first)}.${slug(last)}.${index}${plus}@${slug(at)}.example`
  const drawn = random()
  if (drawn < 0.1) return address.toUpperCase()
  if (drawn < 0.2) return `  ${address} `
  return drawn < 0.3 ? address.replace(/^./, (letter) => letter.toUpperCase()) : address
}

function phone(prefix: string, random: Random): string {
  const digits = String(1_000_000 + Math.floor(random() * 9_000_000))
  const drawn = random()
  if (drawn < 0.25) return `${prefix} ${digits}`
  if (drawn < 0.5) return `${prefix.replace(' ', '')}${digits}`
  if (drawn < 0.7) return `${prefix.replace('+', '00')}-${digits.slice(0, 3)}-${digits.slice(3)}`
  if (drawn < 0.85) return `(${prefix.split(' ')[1]}) ${digits.slice(0, 3)} ${digits.slice(3)}`
  return `${prefix}/${digits} ext. ${Math.floor(random() * 90) + 10}`
}

function untidy(text: string, random: Random): string {
  const drawn = random()
  if (drawn < 0.03) return text.toUpperCase()
  if (drawn < 0.06) return text.toLowerCase()
  return drawn < 0.1 ? ` ${text}  ` : text
}

function slug(text: string): string {
  return (
    text
      .replaceAll(/[øØ]/g, 'o')
      .replaceAll(/[łŁ]/g, 'l')
      .replaceAll('ß', 'ss')
      .normalize('NFKD')
      .replaceAll(/[^A-Za-z0-9]+/g, '')
      .toLowerCase() || 'x'
  )
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[Math.floor(random() * items.length)]!
}
