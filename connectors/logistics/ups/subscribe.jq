# Alerts on one parcel, for two weeks.
if .command.tracking == "" then error("the parcel has no tracking number yet") else . end
| {body: {locale: .settings.locale, countryCode: .settings.country,
          trackingNumberList: [.command.tracking]}}
