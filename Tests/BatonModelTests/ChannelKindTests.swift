import BatonModel
import Testing

@Suite struct ChannelKindTests {
  @Test func `Every channel has what it needs and stands for among its settings, and a name once`() {
    for kind in ChannelKind.all {
      let names = kind.settings.map(\.name)
      #expect(Set(names).count == names.count, "\(kind.name)")
      #expect(Set(kind.needs.joined()).isSubset(of: names), "\(kind.name)")
      #expect(kind.main.map { names.contains($0) } ?? true, "\(kind.name)")
      #expect(kind.mistakes(in: [:]).count == 1, "\(kind.name) needs something")
    }
    #expect(Set(ChannelKind.all.map(\.name)).count == ChannelKind.all.count)
  }

  @Test func `What is missing is told by what was begun`() {
    #expect(ChannelKind.slack.missing(given: [])?.text == #"slack needs "url", or "token" and "channel""#)
    #expect(ChannelKind.slack.missing(given: ["token"])?.text == #"slack needs "channel""#)
    #expect(ChannelKind.slack.missing(given: ["url"]) == nil)
    #expect(ChannelKind.slack.missing(given: ["token", "channel", "url"]) == nil)
    #expect(ChannelKind.email.missing(given: ["to"])?.text == #"email needs "server" and "from""#)
    #expect(ChannelKind.email.missing(given: [])?.text == #"email needs "server", "from" and "to""#)
  }

  @Test func `A word that is none of the choices proposes the nearest`() {
    #expect(
      ChannelKind.email.mistakes(in: ["server": "x", "from": "a", "to": "b", "tls": "startls"]).map(\.text) == [
        #"tls of email must be "starttls", "tls" or "none", not "startls"; did you mean "starttls"?"#
      ])
    #expect(ChannelKind.webhook.mistakes(in: ["url": "x", "method": "put"]).isEmpty, "methods in any case")
    #expect(
      ChannelKind.pagerduty.mistakes(in: ["key": "k", "severity": ["a"]]).map(\.text) == [
        #"severity of pagerduty must be "critical", "error", "warning" or "info", not a list"#
      ])
  }

  @Test(arguments: [("5/1h", 5, 3600.0), ("1/90s", 1, 90), ("1000/1d", 1000, 86_400)])
  func `A rate is read`(text: String, count: Int, seconds: Double) {
    let rate = NotificationSpec.Rate(text)
    #expect(rate?.count == count && rate?.per.seconds == seconds)
  }

  @Test(arguments: [
    "", "5", "/1h", "5/", "0/1h", "-1/1h", "5/1x", "5/0s", "5/1h/1h", "1001/1h", "99999999999999999999/1h",
  ])
  func `What is no rate is none`(text: String) { #expect(NotificationSpec.Rate(text) == nil) }
}
