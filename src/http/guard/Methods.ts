/**
 * The methods that a path accepts. The router itself only reports whether it accepts the requested
 * method.
 */
import { Context, Effect, Layer } from "effect"
import { FindMyWay, HttpRouter } from "effect/http"

export class Methods extends Context.Service<
  Methods,
  {
    /** The methods for header `Allow`; none if the path does not exist. */
    readonly of: (url: string) => ReadonlyArray<string>
  }
>()("telemetra/http/Methods") {
  /** Records the routes that are added through the router that it provides. */
  static readonly layer: Layer.Layer<Methods | HttpRouter.HttpRouter, never, HttpRouter.HttpRouter> =
    Layer.effectContext(
      Effect.gen(function* () {
        const router = yield* HttpRouter.HttpRouter
        const known = FindMyWay.make<null>()
        const methods = new Set<string>()
        const note = ({ method, path }: { readonly method: string; readonly path: HttpRouter.PathInput }): void => {
          // The page answers every path: that must not turn an unknown path into a known one.
          if (path === "/*") return
          methods.add(method)
          known.on(method, path, null)
          // The router also accepts the path without the wildcard.
          if (path.endsWith("/*")) known.on(method, `/${path.slice(1, -2)}`, null)
        }
        return Context.make(Methods, {
          of: (url) => {
            const taken = [...methods].filter((method) => known.find(method, url) !== undefined)
            return taken.includes("GET") ? [...taken, "HEAD"] : taken
          }
        }).pipe(
          Context.add(HttpRouter.HttpRouter, {
            ...router,
            add: (method, path, handler, options) => {
              note({ method, path })
              return router.add(method, path, handler, options)
            },
            addAll: (routes) => {
              routes.forEach(note)
              return router.addAll(routes)
            }
          })
        )
      })
    )
}
