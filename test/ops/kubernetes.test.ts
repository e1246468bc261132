import { readdirSync, readFileSync } from "node:fs"
import { parseEnv } from "node:util"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Layer } from "effect"
import { parse } from "yaml"
import * as Load from "../../src/config/Load.ts"
import { variables } from "../../src/config/Variables.ts"

const root = new URL("../../", import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), "utf8")
const manifest = (name: string) => parse(read(`ops/kubernetes/${name}`))

const settings = parseEnv(read("ops/kubernetes/settings.env"))
const kustomization = manifest("kustomization.yaml")
const deployment = manifest("deployment.yaml")
const pod = deployment.spec.template
const [container] = pod.spec.containers
const labels = { "app.kubernetes.io/name": "telemetra" }

describe("the kustomize base", () => {
  it("names every manifest of its folder, the NetworkPolicy among them", () => {
    const files = readdirSync(new URL("ops/kubernetes/", root)).filter(
      (name) => name.endsWith(".yaml") && name !== "kustomization.yaml"
    )
    assert.deepStrictEqual(kustomization.resources.toSorted(), files.toSorted())
  })

  it("contains the version of package.json", () => {
    assert.deepStrictEqual(kustomization.images, [
      { name: container.image, newTag: JSON.parse(read("package.json")).version }
    ])
  })

  it.effect("its settings are known and accepted, together with the Secret's", () =>
    Effect.gen(function* () {
      for (const name of Object.keys(settings)) assert.property(variables, name)
      const env = {
        ...settings,
        POSTGRES_USER: "telemetra",
        POSTGRES_PASSWORD: "secret",
        API_TOKEN: "token-of-a-test-16"
      }
      const { config, notices } = yield* Load.load.pipe(
        Effect.provide(Layer.mergeAll(NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
      )
      assert.deepStrictEqual(
        // In the network of the stack the server is not verified.
        notices.filter((notice) => !notice.includes("POSTGRES_SSL_MODE=prefer")),
        []
      )
      assert.strictEqual(config.source._tag, "kafka")
      assert.strictEqual(config.database._tag, "postgres")
    })
  )

  it("holds no secret", () => {
    for (const name of Object.keys(settings)) {
      const variable = Object.entries(variables).find(([known]) => known === name)?.[1]
      // POSTGRES_URL may hold a password; here it holds none.
      if (variable?.secret === true) assert.match(settings[name] ?? "", /^postgresql:\/\/[^@]+$/, name)
    }
  })
})

describe("the Deployment", () => {
  it("reads settings and Secret whole", () => {
    assert.deepStrictEqual(container.envFrom, [
      { configMapRef: { name: kustomization.configMapGenerator[0].name } },
      { secretRef: { name: "telemetra" } }
    ])
  })

  it("requests health at the paths that the worker serves, by the port that it listens on", () => {
    const served = [...read("src/http/Health.ts").matchAll(/HttpRouter\.add\("GET", "([^"]+)"/g)].map(
      ([, path]) => path
    )
    const paths = ["startupProbe", "livenessProbe", "readinessProbe"].map((name) => {
      assert.strictEqual(container[name].httpGet.port, "http", name)
      return container[name].httpGet.path
    })
    assert.deepStrictEqual(paths, ["/health/live", "/health/live", "/health/ready"])
    for (const path of paths) assert.include(served, path)
    assert.deepStrictEqual(container.ports, [{ name: "http", containerPort: variables.HTTP_PORT.absent }])
    assert.strictEqual(pod.metadata.annotations["prometheus.io/port"], String(variables.HTTP_PORT.absent))
  })

  it("gives the worker more time to end than it takes", () => {
    assert.isAbove(pod.spec.terminationGracePeriodSeconds, Duration.toSeconds(variables.SHUTDOWN_TIMEOUT.absent))
  })

  it("gives it no rights that it does not need", () => {
    assert.deepStrictEqual(pod.spec.securityContext, {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      seccompProfile: { type: "RuntimeDefault" }
    })
    assert.deepStrictEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] }
    })
    assert.isFalse(pod.spec.automountServiceAccountToken)
  })

  it("is found by its own selector, the Service's, the budget's and the policy's", () => {
    assert.deepStrictEqual(pod.metadata.labels, labels)
    assert.deepStrictEqual(deployment.spec.selector.matchLabels, labels)
    assert.deepStrictEqual(pod.spec.topologySpreadConstraints[0].labelSelector.matchLabels, labels)
    assert.deepStrictEqual(manifest("service.yaml").spec.selector, labels)
    assert.deepStrictEqual(manifest("poddisruptionbudget.yaml").spec.selector.matchLabels, labels)
    assert.deepStrictEqual(manifest("networkpolicy.yaml").spec.podSelector.matchLabels, labels)
  })
})

describe("the NetworkPolicy", () => {
  const { spec } = manifest("networkpolicy.yaml")
  const portsOut: ReadonlyArray<number> = spec.egress.flatMap(({ ports }: { ports: ReadonlyArray<{ port: number }> }) =>
    ports.map(({ port }) => port)
  )

  it("lets through what the settings need, names, and nothing else", () => {
    const needed = [settings["KAFKA_BOOTSTRAP_SERVERS"], settings["POSTGRES_URL"]].map((value) =>
      Number(/:(\d+)(?:\/|$)/.exec(value ?? "")?.[1])
    )
    assert.deepStrictEqual(
      [...new Set(portsOut)].toSorted((a, b) => a - b),
      [53, ...needed].toSorted((a, b) => a - b)
    )
    assert.deepStrictEqual(spec.policyTypes, ["Ingress", "Egress"])
  })

  it("lets in on the worker's port only", () => {
    for (const { from, ports } of spec.ingress) {
      assert.isNotEmpty(from)
      assert.deepStrictEqual(ports, [{ port: "http" }])
    }
  })
})
