# All refunds of the payment; ours is found among them by the reference it carries.
.command.payment_reference
| {query: ((if startswith("pi_") then {payment_intent: .} else {charge: .} end) + {limit: 100})}
