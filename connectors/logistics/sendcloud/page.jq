# Returns can be asked for by date only, forty at a time.
def moment: .[0:10] + " " + .[11:19];
{query: {
  from_date: ((.command.since // "2000-01-01T00:00:00.000Z") | moment),
  to_date: "2099-12-31 23:59:59",
  page_size: 40,
  cursor: (.command.cursor | if . == "" then null else . end)
}}
