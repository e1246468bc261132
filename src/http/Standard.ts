/** ANOMALY_THRESHOLD, which applies where no override does. */
import { Context } from "effect"

export class Standard extends Context.Service<Standard, number>()("telemetra/http/Standard") {}
