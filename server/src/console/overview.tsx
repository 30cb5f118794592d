import type { ConnectionView, DeliveryView, EventView, ExceptionView, Figures } from '@throughline/core'
import type { FC } from 'hono/jsx'
import { Moment, Page, Status, words, type Shell } from './layout.tsx'

export interface OverviewData {
  readonly figures: Figures
  readonly connections: readonly ConnectionView[]
  readonly exceptions: readonly ExceptionView[]
  readonly deliveries: readonly DeliveryView[]
  readonly events: readonly EventView[]
  readonly now: number
}

export const Overview: FC<{ readonly shell: Shell; readonly data: OverviewData }> = ({ shell, data }) => (
  <Page {...shell} title="Overview" here="overview">
    <h1>Overview</h1>
    <div data-live="/console/overview">
      <Live data={data} />
    </div>
    <p class="visually-hidden" role="status" data-announce></p>
  </Page>
)

/** The part that is fetched again. Its figures carry `data-figure` so that a change can be announced. */
export const Live: FC<{ readonly data: OverviewData }> = ({ data }) => (
  <>
    <Figure figures={data.figures} />
    <Attention exceptions={data.exceptions} figures={data.figures} connections={data.connections} />
    <Connections connections={data.connections} now={data.now} />
    <div class="columns">
      <Deliveries deliveries={data.deliveries} />
      <Events events={data.events} />
    </div>
  </>
)

const Figure: FC<{ readonly figures: Figures }> = ({ figures }) => {
  const open = ['pending', 'claimed', 'waiting', 'unknown'].reduce((sum, state) => sum + (figures.deliveries[state] ?? 0), 0)
  const tiles: readonly (readonly [string, number, string, string])[] = [
    ['Records', figures.records, 'each thing once', 'calm'],
    ['Events', figures.events, figures.behind === 0 ? 'all understood' : `${count(figures.behind)} to go`, 'calm'],
    ['Written', figures.receipts, 'confirmed by a vendor', 'calm'],
    ['On the way', open, open === 0 ? 'nothing waits' : 'deliveries not done yet', open === 0 ? 'calm' : 'wait'],
    ['Dead letters', figures.deliveries['dead'] ?? 0, 'given up, kept whole', (figures.deliveries['dead'] ?? 0) > 0 ? 'bad' : 'calm'],
    ['Exceptions', figures.openExceptions, 'need a person', figures.openExceptions > 0 ? 'bad' : 'calm'],
  ]
  return (
    <dl class="tiles" aria-label="Figures">
      {tiles.map(([name, value, hint, tone]) => (
        <div class={`tile ${tone}`}>
          <dt>{name}</dt>
          <dd>
            <strong data-figure={name}>{count(value)}</strong>
            <small>{hint}</small>
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** Systems that do not take calls, then exceptions; or that there is nothing. */
const Attention: FC<{
  readonly exceptions: readonly ExceptionView[]
  readonly figures: Figures
  readonly connections: readonly ConnectionView[]
}> = ({ exceptions, figures, connections }) => (
  <>
    {connections
      .filter((one) => one.breaker.status !== 'closed' || one.paused)
      .map((one) => (
        <p class="notice">
          {one.paused ? <Status of="paused" word={`${one.name} is paused.`} /> : <Status of="broken" word={`${one.name} does not work.`} />}{' '}
          {one.queue.open === 0
            ? 'Nothing waits for it.'
            : one.queue.open === 1
              ? 'One change waits for it.'
              : `${count(one.queue.open)} changes wait for it, in their order.`}
          {one.trouble === null || one.paused ? null : <small class="why">{one.trouble.why}</small>}
        </p>
      ))}
    <Exceptions exceptions={exceptions} figures={figures} />
  </>
)

const Exceptions: FC<{ readonly exceptions: readonly ExceptionView[]; readonly figures: Figures }> = ({ exceptions, figures }) =>
  exceptions.length === 0 ? (
    <p class="calm-note">
      <Status of="done" word="Nothing needs a person." />
    </p>
  ) : (
    <section aria-labelledby="attention">
      <h2 id="attention">Needs a person</h2>
      <div class="scroll" tabindex={0} role="group" aria-labelledby="attention">
        <table>
          <caption>
            {exceptions.length} of {figures.openExceptions} open exceptions, newest first
          </caption>
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col">Why</th>
              <th scope="col">System</th>
              <th scope="col" class="number">
                Times
              </th>
              <th scope="col">Last</th>
              <th scope="col">Record</th>
            </tr>
          </thead>
          <tbody>
            {exceptions.map((one) => (
              <tr>
                <td>
                  <Status of="dead" word={one.class} />
                </td>
                <td class="wide">{why(one.detail)}</td>
                <td>{one.connection ?? '—'}</td>
                <td class="number">{one.count}</td>
                <td>
                  <Moment ms={one.lastAt} />
                </td>
                <td>{one.recordId === null ? '—' : <RecordLink id={one.recordId} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )

const Connections: FC<{ readonly connections: readonly ConnectionView[]; readonly now: number }> = ({ connections, now }) => (
  <section aria-labelledby="connections">
    <h2 id="connections">Connections</h2>
    <div class="scroll" tabindex={0} role="group" aria-labelledby="connections">
      <table>
        <caption>Each configured system: whether calls go out, and what waits for it</caption>
        <thead>
          <tr>
            <th scope="col">Connection</th>
            <th scope="col">Calls</th>
            <th scope="col" class="number">
              Queue
            </th>
            <th scope="col" class="number">
              To read
            </th>
            <th scope="col" class="number">
              Dead
            </th>
            <th scope="col">Streams</th>
            <th scope="col">Action</th>
          </tr>
        </thead>
        <tbody>
          {connections.map((one) => (
            <tr>
              <th scope="row">
                {one.name}
                {one.connector === one.name ? null : <small> {one.connector}</small>}
              </th>
              <td>
                <Reach connection={one} now={now} />
              </td>
              <td class="number">{count(one.queue.open)}</td>
              <td class="number">{count(one.queue.reads)}</td>
              <td class="number">{count(one.queue.dead)}</td>
              <td class="wide">
                {one.streams.map((stream) => (
                  <span class="stream">
                    <Status of={stream.caughtUpAt === null ? 'pending' : 'done'} word={stream.name} />
                    <small>{stream.caughtUpAt === null ? 'first pass' : 'caught up'}</small>
                  </span>
                ))}
              </td>
              <td>
                <form method="post" action={`/console/connections/${encodeURIComponent(one.name)}/${one.paused ? 'resume' : 'pause'}`}>
                  <button id={`act-${one.name}`}>
                    {one.paused ? 'Resume' : 'Pause'}
                    <span class="visually-hidden"> {one.name}</span>
                  </button>
                </form>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
)

const Reach: FC<{ readonly connection: ConnectionView; readonly now: number }> = ({ connection, now }) => {
  if (connection.paused) return <Status of="paused" word="paused" />
  if (connection.breaker.status === 'probing') return <Status of="probing" word="testing with one call" />
  if (connection.breaker.status === 'open') return <Status of="broken" word="breaker open: the vendor fails" />
  if (connection.blockedUntil > now) return <Status of="waiting" word="rate limit" />
  return <Status of="running" word="going out" />
}

const Deliveries: FC<{ readonly deliveries: readonly DeliveryView[] }> = ({ deliveries }) => (
  <section aria-labelledby="deliveries">
    <h2 id="deliveries">Deliveries</h2>
    <div class="scroll" tabindex={0} role="group" aria-labelledby="deliveries">
      <table>
        <caption>The newest {deliveries.length}: what goes out</caption>
        <thead>
          <tr>
            <th scope="col">Since</th>
            <th scope="col">To</th>
            <th scope="col">State</th>
            <th scope="col">What</th>
            <th scope="col">Record</th>
          </tr>
        </thead>
        <tbody>
          {deliveries.length === 0 ? (
            <tr>
              <td colspan={5}>Nothing has been sent yet.</td>
            </tr>
          ) : null}
          {deliveries.map((one) => (
            <tr>
              <td>
                <Moment ms={one.createdAt} />
              </td>
              <td>
                {one.connection} <small>{one.stream}</small>
              </td>
              <td>
                <Status of={one.state} />
                {one.attempt > 1 ? <small class="why">attempt {one.attempt}</small> : null}
              </td>
              <td class="wide">
                {one.operation ?? 'not decided'} <small>{one.externalId ?? ''}</small>
                {one.why === null ? null : <small class="why">{one.why}</small>}
              </td>
              <td>
                <RecordLink id={one.recordId} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
)

const Events: FC<{ readonly events: readonly EventView[] }> = ({ events }) => (
  <section aria-labelledby="events">
    <h2 id="events">Events</h2>
    <div class="scroll" tabindex={0} role="group" aria-labelledby="events">
      <table>
        <caption>The newest {events.length} of the log: what came in</caption>
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">At</th>
            <th scope="col">From</th>
            <th scope="col">Type</th>
            <th scope="col">Effect</th>
          </tr>
        </thead>
        <tbody>
          {events.length === 0 ? (
            <tr>
              <td colspan={5}>Nothing has arrived yet.</td>
            </tr>
          ) : null}
          {events.map((one) => (
            <tr>
              <td>
                <a href={`/console/events/${one.seq}`}>{`#${one.seq}`}</a>
              </td>
              <td>
                <Moment ms={one.receivedAt} />
              </td>
              <td>
                {one.source} <small class="why">{`${one.stream} ${one.externalId}`}</small>
              </td>
              <td>{one.type}</td>
              <td class="wide">
                <Status of={one.effect?.kind ?? 'pending'} />
                <small class="why">{one.effect?.reason ?? ''}</small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
)

export const RecordLink: FC<{ readonly id: string }> = ({ id }) => (
  <a href={`/console/records/${encodeURIComponent(id)}`} title={id}>
    {`…${id.slice(-6)}`}
  </a>
)

function why(detail: unknown): string {
  if (typeof detail === 'object' && detail !== null && 'why' in detail) return words(detail.why)
  return words(detail)
}

function count(n: number): string {
  return n.toLocaleString('en')
}
