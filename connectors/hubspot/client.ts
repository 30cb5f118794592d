import type { ConnectorIo } from '@throughline/sdk'
import {
  BasicApi,
  BatchApi,
  type BatchReadInputSimplePublicObjectId,
  createConfiguration,
  type PublicObjectSearchRequest,
  ResponseContext,
  SearchApi,
  ServerConfiguration,
  type SimplePublicObjectBatchInput,
  type SimplePublicObjectBatchInputUpsert,
  wrapHttpLibrary,
} from '@hubspot/api-client/lib/codegen/crm/objects/index.js'
import * as associations from '@hubspot/api-client/lib/codegen/crm/associations/v4/index.js'
import * as properties from '@hubspot/api-client/lib/codegen/crm/properties/index.js'
import type { HubspotConfig } from './config.ts'
import { type Answer, call, type SdkRequest } from './transport.ts'

/** The vendor's calls that the connector makes. None throws for what the network or the vendor does; `classify` reads the answers. */
export interface HubspotClient {
  upsert(type: string, inputs: SimplePublicObjectBatchInputUpsert[], signal: AbortSignal): Promise<Answer>
  update(type: string, inputs: SimplePublicObjectBatchInput[], signal: AbortSignal): Promise<Answer>
  archive(type: string, ids: readonly string[], signal: AbortSignal): Promise<Answer>
  read(type: string, ids: readonly string[], options: ReadOptions, signal: AbortSignal): Promise<Answer>
  readOne(type: string, id: string, properties: readonly string[], archived: boolean, signal: AbortSignal): Promise<Answer>
  page(type: string, options: PageOptions, signal: AbortSignal): Promise<Answer>
  search(type: string, request: PublicObjectSearchRequest, signal: AbortSignal): Promise<Answer>
  /** What objects of one type belong to among those of another. */
  associations(
    type: string,
    toType: string,
    inputs: readonly { readonly id: string; readonly after?: string }[],
    signal: AbortSignal,
  ): Promise<Answer>
  property(type: string, name: string, signal: AbortSignal): Promise<Answer>
  /** Every property of a type. */
  properties(type: string, signal: AbortSignal): Promise<Answer>
  /** A text property with unique values. */
  createProperty(type: string, property: { readonly name: string; readonly groupName: string }, signal: AbortSignal): Promise<Answer>
}

export interface ReadOptions {
  readonly properties: readonly string[]
  readonly archived?: boolean
  readonly idProperty?: string
}

export interface PageOptions {
  readonly properties: readonly string[]
  readonly limit: number
  readonly after?: string
  readonly archived?: boolean
}

const JSON_TYPE = { 'content-type': 'application/json' }
/**
 * What the SDK is told came back: its deserialiser would drop members it does not know and turn times into dates, while
 * a raw record must stay as the vendor wrote it. `transport` keeps the real answer.
 */
const NOTHING = { text: async () => '{}', binary: async () => Buffer.from('{}') }

/**
 * The SDK's generated API classes, without its `Client`: that one offers neither `fetch` nor a signal, and its limiter and
 * retry settings live in a process-wide singleton where the last client constructed wins. So nothing here retries or waits.
 */
export function createClient(config: HubspotConfig, io: Pick<ConnectorIo, 'fetch'>): HubspotClient {
  const base = (config.baseUrl ?? 'https://api.hubapi.com').replace(/\/+$/, '')
  const shared = { baseServer: new ServerConfiguration(base, {}), authMethods: { oauth2: { accessToken: config.token } } }
  // The deserialiser throws on any status but the one it expects, so it is told that one whatever came back.
  const objects = (signal: AbortSignal, run: (configuration: ReturnType<typeof createConfiguration>) => Promise<unknown>, expected = 200) =>
    call(io.fetch, signal, (carry) => {
      const send = async (request: SdkRequest) => {
        await carry(request)
        return new ResponseContext(expected, JSON_TYPE, NOTHING)
      }
      return run(createConfiguration({ ...shared, httpApi: wrapHttpLibrary({ send }) }))
    })
  const defined = (signal: AbortSignal, run: (api: properties.CoreApi) => Promise<unknown>, expected = 200) =>
    call(io.fetch, signal, (carry) => {
      const send = async (request: SdkRequest) => {
        await carry(request)
        return new properties.ResponseContext(expected, JSON_TYPE, NOTHING)
      }
      const httpApi = properties.wrapHttpLibrary({ send })
      const baseServer = new properties.ServerConfiguration(base, {})
      return run(new properties.CoreApi(properties.createConfiguration({ ...shared, baseServer, httpApi })))
    })
  return {
    upsert: (type, inputs, signal) => objects(signal, (c) => new BatchApi(c).upsertWithHttpInfo(type, { inputs })),
    update: (type, inputs, signal) => objects(signal, (c) => new BatchApi(c).updateWithHttpInfo(type, { inputs })),
    archive: (type, ids, signal) =>
      objects(signal, (c) => new BatchApi(c).archiveWithHttpInfo(type, { inputs: ids.map((id) => ({ id })) }), 204),
    read: (type, ids, options, signal) => {
      const input: BatchReadInputSimplePublicObjectId = {
        inputs: ids.map((id) => ({ id })),
        properties: [...options.properties],
        propertiesWithHistory: [],
      }
      if (options.idProperty !== undefined) input.idProperty = options.idProperty
      return objects(signal, (c) => new BatchApi(c).readWithHttpInfo(type, input, options.archived ?? false))
    },
    readOne: (type, id, properties, archived, signal) =>
      objects(signal, (c) => new BasicApi(c).getByIdWithHttpInfo(type, id, [...properties], undefined, undefined, archived)),
    page: (type, options, signal) =>
      objects(signal, (c) =>
        new BasicApi(c).getPageWithHttpInfo(
          type,
          options.limit,
          options.after,
          [...options.properties],
          undefined,
          undefined,
          options.archived ?? false,
        ),
      ),
    search: (type, request, signal) => objects(signal, (c) => new SearchApi(c).doSearchWithHttpInfo(type, request)),
    associations: (type, toType, inputs, signal) =>
      call(io.fetch, signal, (carry) => {
        const send = async (request: SdkRequest) => {
          await carry(request)
          return new associations.ResponseContext(200, JSON_TYPE, NOTHING)
        }
        const httpApi = associations.wrapHttpLibrary({ send })
        const baseServer = new associations.ServerConfiguration(base, {})
        const configuration = associations.createConfiguration({ ...shared, baseServer, httpApi })
        return new associations.BatchApi(configuration).getPageWithHttpInfo(type, toType, { inputs: [...inputs] })
      }),
    property: (type, name, signal) => defined(signal, (api) => api.getByNameWithHttpInfo(type, name)),
    properties: (type, signal) => defined(signal, (api) => api.getAllWithHttpInfo(type)),
    createProperty: (type, { name, groupName }, signal) => {
      const property: properties.PropertyCreate = {
        name,
        groupName,
        label: 'Throughline id',
        description: "The integration hub's id of this record. Leave it alone.",
        type: properties.PropertyCreateTypeEnum.String,
        fieldType: properties.PropertyCreateFieldTypeEnum.Text,
        hasUniqueValue: true,
      }
      return defined(signal, (api) => api.createWithHttpInfo(type, property), 201)
    },
  }
}
