/** A reader of CSV that knows RFC 4180 and nothing else: whatever departs from it is an error. */

/** Records of fields. */
export const parseCsv = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const records: Array<ReadonlyArray<string>> = []
  let record: Array<string> = []
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  while (field.lastIndex < text.length) {
    const at = field.lastIndex
    const [, quoted, plain = "", end] = field.exec(text) ?? []
    if (end === undefined) throw new Error(`no CSV at ${at}: ${JSON.stringify(text.slice(at, at + 40))}`)
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === ",") continue
    records.push(record)
    record = []
  }
  const width = records[0]?.length
  if (record.length > 0 || records.some((one) => one.length !== width)) throw new Error("records differ in length")
  return records
}
