/** /streams/NAME */
import type { StreamRoute } from "../routing/Routes.ts"
import { StreamView } from "./StreamView.tsx"

export const StreamPage = ({ route: { moment, stream, view } }: { readonly route: StreamRoute }) => (
  <StreamView
    stream={stream}
    view={view}
    moment={moment}
    routeTo={(view, moment) => ({ page: "stream", stream, view, moment })}
  />
)
