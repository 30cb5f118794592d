import type { DeliveryDetail, EventDetail, RecordDetail } from '@throughline/core'
import type { FC } from 'hono/jsx'
import { Moment, Page, Status, words, type Shell } from './layout.tsx'
import { RecordLink } from './overview.tsx'

interface EventPageData {
  readonly shell: Shell
  readonly event: EventDetail
  readonly record: RecordDetail | null
  readonly deliveries: readonly DeliveryDetail[]
}

/** What arrived, what became of it and why, what was written where. */
export const EventPage: FC<EventPageData> = ({ shell, event, record, deliveries }) => (
  <Page {...shell} title={`Event ${event.seq}`}>
    <h1>{`Event #${event.seq}`}</h1>
    <section aria-labelledby="arrived">
      <h2 id="arrived">What arrived</h2>
      <dl class="facts">
        <dt>From</dt>
        <dd>{`${event.source} · ${event.stream} ${event.externalId}`}</dd>
        <dt>Type</dt>
        <dd>{event.type}</dd>
        <dt>Received</dt>
        <dd>
          <Moment ms={event.receivedAt} />
        </dd>
        <dt>The vendor’s time</dt>
        <dd>{event.time ?? '—'}</dd>
        <dt>Id</dt>
        <dd class="mono">{event.id}</dd>
      </dl>
      <details>
        <summary>Raw body</summary>
        <pre tabindex={0}>{typeof event.data === 'string' ? event.data : JSON.stringify(event.data, null, 2)}</pre>
      </details>
    </section>
    <section aria-labelledby="decided">
      <h2 id="decided">What was decided, and why</h2>
      <p>
        <Status of={event.effect?.kind ?? 'pending'} /> {event.effect?.reason ?? 'No stage has come to it yet.'}
      </p>
      {record === null ? null : (
        <p>
          Record <RecordLink id={record.id} /> is now at version {record.version}.
        </p>
      )}
    </section>
    <section aria-labelledby="written">
      <h2 id="written">What was written where</h2>
      {deliveries.length === 0 ? <p>This event caused no delivery that is still its own. A later change may have taken it over.</p> : null}
      {deliveries.map((one) => (
        <article class="card">
          <h3>
            {`${one.connection} ${one.stream} ${one.externalId ?? ''}`} <Status of={one.state} />
          </h3>
          <p>{`${one.operation ?? 'not decided'}, attempt ${one.attempt}${one.why === null ? '' : `: ${one.why}`}`}</p>
          <Payload payload={one.payload} />
          {one.exchange === null ? null : <pre tabindex={0}>{JSON.stringify(one.exchange, null, 2)}</pre>}
        </article>
      ))}
    </section>
  </Page>
)

const Payload: FC<{ readonly payload: unknown }> = ({ payload }) =>
  typeof payload !== 'object' || payload === null ? null : (
    <div class="scroll" tabindex={0} role="group" aria-label="Values sent">
      <table>
        <caption>Values sent</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Property</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(payload as Record<string, { remote?: unknown; raw?: unknown }>).map(([field, sent]) => (
            <tr>
              <th scope="row">{field}</th>
              <td>{words(sent.remote)}</td>
              <td class="wide">{words(sent.raw)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
