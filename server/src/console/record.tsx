import type { RecordDetail } from '@throughline/core'
import type { FC } from 'hono/jsx'
import { Moment, Page, Status, words, type Shell } from './layout.tsx'

/** One canonical thing: its fields with where they came from, a column for each linked system, its history. */
export const RecordPage: FC<{ readonly shell: Shell; readonly record: RecordDetail }> = ({ shell, record }) => {
  const fields = [...new Set([...Object.keys(record.fields), ...record.links.flatMap((link) => Object.keys(link.agreed))])]
  return (
    <Page {...shell} title={`${record.entity} ${record.id.slice(-6)}`}>
      <h1>{`${record.entity} …${record.id.slice(-6)}`}</h1>
      <dl class="facts">
        <dt>Id</dt>
        <dd class="mono">{record.id}</dd>
        <dt>Version</dt>
        <dd>{record.version}</dd>
        <dt>Known by</dt>
        <dd>{record.identities.map((identity) => `${identity.kind} ${identity.value}`).join(', ') || '—'}</dd>
      </dl>
      <section aria-labelledby="fields">
        <h2 id="fields">Fields</h2>
        <div class="scroll" tabindex={0} role="group" aria-labelledby="fields">
          <table>
            <caption>The canonical value, then what each system agreed to</caption>
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">Value</th>
                <th scope="col">Last writer</th>
                <th scope="col">Changed</th>
                {record.links.map((link) => (
                  <th scope="col">
                    {`${link.connection} ${link.stream}`}
                    <br />
                    <small>{link.externalId ?? 'not there yet'}</small> <Status of={link.state} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {fields.map((field) => {
                const own = record.fields[field]
                return (
                  <tr>
                    <th scope="row">{field}</th>
                    <td class="wide">{words(own?.value)}</td>
                    <td>{own?.system ?? '—'}</td>
                    <td>
                      {own === undefined ? (
                        '—'
                      ) : own.event === null ? (
                        <Moment ms={own.changedAt} />
                      ) : (
                        <a href={`/console/events/${own.event}`}>{`#${own.event}`}</a>
                      )}
                    </td>
                    {record.links.map((link) => (
                      <td class="wide">{field in link.agreed ? words(link.agreed[field]?.raw) : '·'}</td>
                    ))}
                  </tr>
                )
              })}
            </tbody>
          </table>
        </div>
      </section>
      <section aria-labelledby="history">
        <h2 id="history">History</h2>
        <ol class="history" reversed start={record.history[0]?.version}>
          {record.history.map((version) => (
            <li value={version.version}>
              <Moment ms={version.at} />{' '}
              {version.event === null ? null : <a href={`/console/events/${version.event}`}>{`#${version.event}`}</a>}
              <ul>
                {version.changes.map((change) => (
                  <li>
                    <strong>{change.field}</strong> {words(change.from)} → {words(change.to)} <small>{change.system}</small>
                    {change.lost ? <small> (lost; kept here)</small> : null}
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ol>
      </section>
    </Page>
  )
}
