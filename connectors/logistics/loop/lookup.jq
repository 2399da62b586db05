# Whether the request has its label already.
if .status < 200 or .status > 299 then {}
elif .body.status == "fulfilled" then {answer: "found", status: .body.status}
elif .body.status == "cancelled" then {answer: "found", status: .body.status}
elif .body.status == "issued" then {answer: "absent", status: .body.status}
else error("a status nobody told us of") end
