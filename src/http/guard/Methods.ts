/** Which methods a path takes: the router itself only says whether it takes the one that is asked for. */
import { Context, Effect, Layer } from "effect"
import { FindMyWay, HttpRouter } from "effect/http"

export class Methods extends Context.Service<
  Methods,
  {
    /** For `Allow`; none = there is no such path. */
    readonly of: (url: string) => ReadonlyArray<string>
  }
>()("telemetra/http/Methods") {
  /** Takes note of the routes that are added through the router that it provides. */
  static readonly layer: Layer.Layer<Methods | HttpRouter.HttpRouter, never, HttpRouter.HttpRouter> =
    Layer.effectContext(
      Effect.gen(function* () {
        const router = yield* HttpRouter.HttpRouter
        const known = FindMyWay.make<null>()
        const methods = new Set<string>()
        const note = ({ method, path }: { readonly method: string; readonly path: HttpRouter.PathInput }): void => {
          methods.add(method)
          known.on(method, path, null)
          // the router takes it without what follows, too
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
