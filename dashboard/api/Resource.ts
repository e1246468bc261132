/**
 * Data from the API for a component. It reloads when its key changes or on request, and retries
 * failures.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { ApiError } from "./Client.ts"
import { backoffMs } from "./Backoff.ts"

export interface Resource<A> {
  /** The data of this key, or of the previous key while this key loads. */
  readonly data: A | undefined
  /** The error of the latest attempt. */
  readonly error: ApiError | undefined
  /** Whether `data` still belongs to the previous key. */
  readonly isLoading: boolean
  /** Reloads; during a load, once more after it. */
  readonly reload: () => void
  readonly update: (change: (data: A) => A) => void
}

interface State<A> {
  readonly key: string | undefined
  readonly data: A | undefined
  readonly error: ApiError | undefined
}

/** `load` receives its previous result for the same key, so that it can load only what is new. */
export const useResource = <A>(
  key: string,
  load: (signal: AbortSignal, before: A | undefined) => Promise<A>
): Resource<A> => {
  const [state, setState] = useState<State<A>>({ key: undefined, data: undefined, error: undefined })
  const newest = useRef({ load, state })
  newest.current = { load, state }
  const reloadNow = useRef(() => {})
  /** Changes made during a load, whose result may not contain them. */
  const changes = useRef<Array<(data: A) => A> | undefined>(undefined)

  useEffect(() => {
    const ended = new AbortController()
    let isRunning = false
    let isReloadWanted = false
    let failures = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const run = async (): Promise<void> => {
      clearTimeout(timer)
      isRunning = true
      isReloadWanted = false
      changes.current = []
      try {
        const { state } = newest.current
        const loaded = await newest.current.load(ended.signal, state.key === key ? state.data : undefined)
        if (ended.signal.aborted) return
        failures = 0
        setState({ key, data: changes.current.reduce<A>((data, change) => change(data), loaded), error: undefined })
      } catch (cause) {
        if (ended.signal.aborted) return
        const error = cause instanceof ApiError ? cause : new ApiError(0, String(cause), { cause })
        setState((state) => ({ ...state, error }))
        // A retry does not help if the resource is missing or the request is refused.
        const isFinal = error.status >= 400 && error.status < 500 && error.status !== 429
        if (!isFinal) timer = setTimeout(() => void run(), backoffMs(failures++, Math.random()))
      } finally {
        if (!ended.signal.aborted) changes.current = undefined
        isRunning = false
      }
      if (isReloadWanted) void run()
    }
    reloadNow.current = () => {
      if (isRunning) isReloadWanted = true
      else void run()
    }
    setState((state) => ({ ...state, error: undefined }))
    void run()
    return () => {
      ended.abort()
      clearTimeout(timer)
    }
  }, [key])

  const reload = useCallback(() => reloadNow.current(), [])
  const update = useCallback((change: (data: A) => A) => {
    changes.current?.push(change)
    setState((state) => (state.data === undefined ? state : { ...state, data: change(state.data) }))
  }, [])
  return { data: state.data, error: state.error, isLoading: state.key !== key, reload, update }
}
