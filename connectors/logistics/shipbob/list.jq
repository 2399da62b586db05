# A page of the returns that are open there, oldest first: new ones come last and shift no page.
{query: {
  Status: "AwaitingArrival,Arrived,Processing",
  SortOrder: "Asc",
  Limit: 100,
  Cursor: (.command.cursor | if . == "" then null else . end)
}}
