{query: {locale: .settings.locale, returnSignature: "false"}}
