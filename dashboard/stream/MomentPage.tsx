/** /moments/ID: the moment's stream, at the moment's place. */
import { get } from "../api/Client.ts"
import { useResource } from "../api/Resource.ts"
import type { MomentDetail } from "../api/Wire.ts"
import type { MomentRoute } from "../routing/Routes.ts"
import { around } from "../routing/View.ts"
import { Heading } from "../shell/Heading.tsx"
import { Failure, Notice, Skeleton } from "../shell/Notice.tsx"
import { StreamView } from "./StreamView.tsx"

export const MomentPage = ({ route: { id, view } }: { readonly route: MomentRoute }) => {
  const { data, error, reload } = useResource(id, (signal) => get<MomentDetail>(`/moments/${id}`, {}, signal))
  if (data !== undefined) {
    const { ended_at, stream_id, timestamp } = data.moment
    const own = around(Date.parse(timestamp), Date.parse(ended_at ?? timestamp))
    return (
      <StreamView
        stream={stream_id}
        view={view ?? own}
        moment={id}
        routeTo={(view, moment) =>
          moment === id && view.kind === "fixed"
            ? { page: "moment", id, view }
            : { page: "stream", stream: stream_id, view, moment }
        }
      />
    )
  }
  return (
    <>
      <Heading title="Moment">Moment</Heading>
      {error === undefined ? (
        <Skeleton lines={14} what="the moment" />
      ) : error.status === 404 ? (
        <Notice title="There is no such moment.">
          <p>
            <a href="/">See the live streams</a>
          </p>
        </Notice>
      ) : (
        <Failure what="The moment" error={error} onRetry={reload} />
      )}
    </>
  )
}
