// Asks the package itself what calls cost, over all its providers, and prints
// the answers as rows: [provider, model, time, input, output, read, written,
// reasoning, found, dollars]. The tests of the price package hold its table and
// its arithmetic against them.
//
//	node oracle.mjs PACKAGE PRICES.JSON
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [packageFolder, pricesFile] = process.argv.slice(2)
const { calcPrice } = await import(pathToFileURL(path.resolve(packageFolder, 'dist/index.js')))
const { providers } = JSON.parse(fs.readFileSync(pricesFile))

let seed = 12345 // the same questions each time
const upTo = (n) => Math.floor(((seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648) * n)
const times = ['2025-02-01T00:00:00Z', '2025-06-09T23:59:59Z', '2025-06-10T00:00:00Z', '2026-03-13T12:00:00Z', '2026-08-17T03:00:00Z', '2026-09-22T07:30:00Z', '2027-01-01T17:00:00Z']

// names gives names that a rule fits.
function names(rule) {
  return Object.entries(rule).flatMap(([way, of]) => {
    switch (way) {
      case 'or':
      case 'and':
        return of.flatMap(names)
      case 'equals':
        return [of]
      case 'starts_with':
        return [of, of + '-20250929', of + '-x']
      case 'contains':
        return ['a-' + of + '-b']
      case 'ends_with':
        return ['a' + of]
      default:
        return []
    }
  })
}

const rows = []
let n = 0
for (const provider of providers) {
  for (const model of provider.models) {
    for (const name of new Set([model.id, ...names(model.match)])) {
      n++
      if (n % 3 || (provider.id === 'openrouter' && n % 6)) continue // enough are left
      const input = upTo(400000), read = upTo(input / 2), written = upTo(input / 2), output = upTo(20000), reasoning = upTo(output)
      const at = times[n % times.length]
      const usage = { input_tokens: input, cache_read_tokens: read, cache_write_tokens: written, output_tokens: output, output_reasoning_tokens: reasoning }
      let answer
      try {
        answer = calcPrice(usage, name, { providerId: provider.id, timestamp: new Date(at) })
      } catch {
        continue // it wants counts of something else
      }
      const found = answer ? answer.provider.id + '/' + answer.model.id : ''
      rows.push([provider.id, name, at, input, output, read, written, reasoning, found, answer ? Number(answer.total_price.toPrecision(12)) : 0])
    }
  }
}
console.log('[\n' + rows.map((row) => JSON.stringify(row)).join(',\n') + '\n]')
