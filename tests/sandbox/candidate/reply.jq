def one: {their_reference: .id, status: .status};

if .status < 200 or .status > 299 then {}
elif (.body | has("items")) then
  (if (.body.items | length) == 0 then {answer: "absent"}
   else .body.items[0] | one + {answer: "found"} end)
else .body | one end
