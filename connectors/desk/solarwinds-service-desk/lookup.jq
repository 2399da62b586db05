# Filters they do not know are ignored and every incident comes back: each row is checked again.
# A time window, where the command has one, is exact; the text search lags behind by minutes.
.command
| {query: ({per_page: 100, layout: "long"}
           + if (.since // "") != "" then {"created_custom_gte[]": .since}
             else {query: .reference} end)}
