/**
 * The elements of one parameter, a JSON array of arrays, as rows: `FROM ${EACH} j`, then `j.value ->> 0` and so on. Straight
 * from `json_each` every such access would write the element out as text and read it again, which for wide rows costs more
 * than storing them; the limit keeps the planner from unfolding this into just that.
 */
export const EACH = '(SELECT key, jsonb(value) AS value FROM json_each(?) LIMIT -1)'
