// Fetches the live part of a page again every two seconds. Without this script the page is the same, only not live.
const EVERY_MS = 2000
const live = document.querySelector('[data-live]')
const announce = document.querySelector('[data-announce]')
const fresh = document.querySelector('[data-fresh]')
const freshText = document.querySelector('[data-fresh-text]')
let lastGood = Date.now()

function ages(root) {
  for (const time of root.querySelectorAll('time')) time.textContent = age(Date.now() - Date.parse(time.dateTime))
}

function age(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`
  return `${Math.floor(seconds / 86400)} d ago`
}

function figures(root) {
  return new Map([...root.querySelectorAll('[data-figure]')].map((one) => [one.dataset.figure, one.textContent]))
}

// Changes only what differs, so that focus, scroll positions and selections stay.
function morph(from, to) {
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data
    return
  }
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name)
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value)
  const next = [...to.childNodes]
  const held = [...from.childNodes]
  next.forEach((child, i) => {
    const old = held[i]
    if (!old) from.append(child)
    else if (old.nodeType === child.nodeType && old.nodeName === child.nodeName && (old.id ?? '') === (child.id ?? '')) morph(old, child)
    else old.replaceWith(child)
  })
  for (const old of held.slice(next.length)) old.remove()
}

function say(before, after) {
  const news = ['Dead letters', 'Exceptions'].filter((name) => before.get(name) !== after.get(name))
  if (announce && news.length > 0) announce.textContent = news.map((name) => `${name}: ${after.get(name)}`).join(', ')
}

function showAge(isGood) {
  if (isGood) lastGood = Date.now()
  const seconds = Math.round((Date.now() - lastGood) / 1000)
  fresh?.classList.toggle('stale', !isGood)
  if (freshText) freshText.textContent = isGood ? 'live' : `no answer; as of ${seconds} s ago`
}

async function refresh() {
  if (document.hidden || String(document.getSelection())) return
  try {
    const answer = await fetch(live.dataset.live, { headers: { accept: 'text/html' }, signal: AbortSignal.timeout(5000) })
    if (answer.status === 401) return location.assign('/console/login')
    if (!answer.ok) throw new Error(String(answer.status))
    const wanted = document.createElement('div')
    wanted.innerHTML = await answer.text()
    const before = figures(live)
    ages(wanted)
    for (const { name, value } of live.attributes) wanted.setAttribute(name, value)
    morph(live, wanted)
    say(before, figures(live))
    showAge(true)
  } catch {
    showAge(false)
  }
}

ages(document)
if (live) {
  const loop = async () => {
    await refresh()
    setTimeout(loop, EVERY_MS)
  }
  setTimeout(loop, EVERY_MS)
} else fresh?.remove()
