import { textual } from './codec.ts'

// ISO 3166-1 alpha-2, then the English names in use.
const table = `
AE United Arab Emirates|UAE
AR Argentina
AT Austria
AU Australia
BE Belgium
BR Brazil
CA Canada
CH Switzerland
CN China|People's Republic of China
CZ Czechia|Czech Republic
DE Germany
DK Denmark
ES Spain
FI Finland
FR France
GB United Kingdom|UK|U.K.|Great Britain|England|Scotland|Wales|Northern Ireland
GR Greece
HU Hungary
IE Ireland
IL Israel
IN India
IT Italy
JP Japan
KR South Korea|Republic of Korea|Korea, Republic of
LU Luxembourg
MX Mexico
NL Netherlands|The Netherlands|Holland
NO Norway
NZ New Zealand
PL Poland
PT Portugal
RO Romania
SE Sweden
SG Singapore
TR Türkiye|Turkey
UA Ukraine
US United States|United States of America|USA|U.S.|U.S.A.
ZA South Africa
`

const codes = new Map(
  table
    .trim()
    .split('\n')
    .flatMap((line) =>
      line
        .slice(3)
        .split('|')
        .map((name) => [upper(name), line.slice(0, 2)] as const),
    ),
)

/** A country's name or code, kept as written; compared by ISO code where the name is a known one. */
export const country = textual(
  'country',
  'a country name or code',
  (value) => value,
  (value) => codes.get(upper(value)) ?? upper(value),
)

function upper(value: string): string {
  return value.toUpperCase().normalize('NFC')
}
