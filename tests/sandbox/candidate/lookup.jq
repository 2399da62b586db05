{query: {reference: .command.reference}}
