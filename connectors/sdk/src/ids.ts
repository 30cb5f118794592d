/** Orders of `list` that vendors use. */

/** Byte order, as for Salesforce ids. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Numeric order of decimal ids of any length, as for HubSpot object ids. */
export function compareNumeric(a: string, b: string): number {
  return a.length - b.length || compareText(a, b)
}
