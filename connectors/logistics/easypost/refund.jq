# The label given back: they say when they have asked the carrier, or why not.
if .status < 200 or .status > 299 then {}
  elif .body.refund_status == "submitted" or .body.refund_status == "refunded" then
    {status: .body.refund_status}
  elif .body.refund_status == "rejected" or .body.refund_status == "not_applicable" then
    {outcome: "refused", reason: "not_cancellable", status: .body.refund_status}
  else error("what became of the label is not told") end
