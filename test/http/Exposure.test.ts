import { expect, it } from "vitest"
import { isLoopback, localUrl } from "../../src/http/Exposure.ts"

it.each([
  ["127.0.0.1", "http://127.0.0.1:4040"],
  ["0.0.0.0", "http://127.0.0.1:4040"],
  ["::", "http://[::1]:4040"],
  ["fd00::7", "http://[fd00::7]:4040"],
  ["worker.example", "http://worker.example:4040"]
])("what listens on %s is reached from its own machine at %s", (host, url) => {
  expect(localUrl(host, 4040)).toBe(url)
})

it.each([
  ["127.0.0.1", true],
  ["127.8.0.1", true],
  ["::1", true],
  ["LocalHost", true],
  ["0.0.0.0", false],
  ["::", false],
  ["192.168.0.7", false],
  ["localhost.example", false]
])("%s is reached by this machine alone: %s", (host, isAlone) => {
  expect(isLoopback(host)).toBe(isAlone)
})
