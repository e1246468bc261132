/** The page of each route. Add a case for a new page. */
import type { Resource } from "../api/Resource.ts"
import type { PipelineStatus } from "../api/Wire.ts"
import { BroadcastPage } from "../broadcast/BroadcastPage.tsx"
import { BroadcastsPage } from "../broadcast/BroadcastsPage.tsx"
import { useLive } from "../live/Live.ts"
import { OverviewPage } from "../overview/OverviewPage.tsx"
import { PipelinePage } from "../pipeline/PipelinePage.tsx"
import { route } from "../routing/Router.ts"
import { MomentPage } from "../stream/MomentPage.tsx"
import { StreamPage } from "../stream/StreamPage.tsx"
import { Heading } from "./Heading.tsx"
import { Notice } from "./Notice.tsx"

const NotFound = () => {
  useLive({ include: "totals", onUpdate: () => {}, onResync: () => {} })
  return (
    <>
      <div class="page-head">
        <Heading title="Not found">Not found</Heading>
      </div>
      <Notice title="There is no such page.">
        <p>
          <a href="/">See the live streams</a>
        </p>
      </Notice>
    </>
  )
}

export const Page = ({ loading }: { readonly loading: Resource<PipelineStatus> }) => {
  const current = route.value
  switch (current.page) {
    case "overview":
      return <OverviewPage route={current} />
    case "stream":
      return <StreamPage key={current.stream} route={current} />
    case "moment":
      return <MomentPage key={current.id} route={current} />
    case "broadcasts":
      return <BroadcastsPage route={current} />
    case "broadcast":
      return <BroadcastPage key={current.id} route={current} />
    case "pipeline":
      return <PipelinePage loading={loading} />
    case "unknown":
      return <NotFound />
  }
}
