import { expect, test } from 'vitest'
import { compareSides } from './compare.ts'
import type { Held, Side } from './sides.ts'

const person = (id: string, email: string, remote: Record<string, unknown> = {}, mark = ''): Held => ({ id, email, mark, remote })
const left = (...people: Held[]): Side => ({ name: 'hubspot', people })
const right = (...people: Held[]): Side => ({ name: 'salesforce', people })

test('sides that say the same in their own words do not differ', () => {
  const mine = person('1', 'a@example.com', { email: 'a@example.com', firstname: 'Ada ', lastname: '', country: 'DE' })
  const theirs = person('x', 'a@example.com', {
    Email: 'A@example.com',
    FirstName: 'Ada',
    LastName: '[not provided]',
    MailingCountry: 'Germany',
  })
  expect(compareSides(left(mine), right(theirs))).toEqual([])
})

test('a field that differs, a person who is missing and one who is doubled are each told', () => {
  const kinds = (a: Side, b: Side) => compareSides(a, b).map(({ kind }) => kind)
  expect(
    kinds(left(person('1', 'a@example.com', { firstname: 'Ada' })), right(person('x', 'a@example.com', { FirstName: 'Eda' }))),
  ).toEqual(['field'])
  expect(kinds(left(person('1', 'a@example.com')), right())).toEqual(['missing'])
  expect(kinds(left(), right(person('x', 'a@example.com')))).toEqual(['missing'])
  const twice = right(person('x', 'a@example.com'), person('y', 'a@example.com'))
  expect(kinds(left(person('1', 'a@example.com')), twice)).toEqual(['doubled'])
  const marked = right(person('x', 'a@example.com', {}, 'm'), person('y', 'b@example.com', {}, 'm'))
  expect(kinds(left(person('1', 'a@example.com'), person('2', 'b@example.com')), marked)).toEqual(['doubled'])
})
