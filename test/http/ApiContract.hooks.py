"""What no OpenAPI document can say: a cursor is whatever the list gave as `next`, a broadcast is the `id` of a row, and
any other text is refused. The least step depends on the range."""

import schemathesis


@schemathesis.hook
def filter_failure(context, failure, case, response):
    is_refused = response.status_code == 400 and response.json().get("detail", "").startswith(("broadcast: ", "cursor: ", "step: "))
    return not (is_refused and type(failure).__name__ == "RejectedPositiveData")
