{body: {reason: "Other", message: .command.reason}}
