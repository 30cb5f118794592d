export * from './faults.ts'
export * from './random.ts'
export * from './serve.ts'
