import BatonModel
import BatonRuntime

/// The few requests of Jira's REST API that the channel makes. Version 2 of it, which Cloud and Data Center both have, and in
/// which texts are strings.
///
/// Sources: https://developer.atlassian.com/cloud/jira/platform/rest/v2/ (`/rest/api/2/search/jql`, `/issue`,
/// `/issue/KEY/comment`, `/issue/KEY/transitions`), https://docs.atlassian.com/software/jira/docs/api/REST/9.12.0/
/// (`/rest/api/2/search`), https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/,
/// https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html (Bearer),
/// https://developer.atlassian.com/cloud/jira/platform/rate-limiting/ (429 with `Retry-After`).
struct JiraSite {
  struct Issue {
    var key: String
    var description: String
    /// Its state is one of those that Jira counts as done.
    var isDone: Bool
  }

  private let settings: [String: Value]
  private let url: String
  private let project: String
  let isCloud: Bool
  private let authorization: String
  private let limit: Span
  private let abandonment: Abandonment
  private static let longestAnswer = 1 << 20

  init(_ settings: [String: Value], limit: Span, until abandonment: Abandonment) throws(DeliveryFailure) {
    self.settings = settings
    self.limit = limit
    self.abandonment = abandonment
    url = settings["url"]?.string ?? ""
    project = settings["project"]?.string ?? ""
    let token = settings["token"]?.string ?? ""
    if let user = settings["user"]?.string {
      authorization = "Basic \(Base64.encode(Array("\(user):\(token)".utf8)))"
    } else {
      guard !token.isEmpty, token == token.headerSafe else {
        throw DeliveryFailure("token of jira has a space or another character that no token has", isFinal: true)
      }
      authorization = "Bearer \(token)"
    }
    if let deployment = settings["deployment"]?.string {
      isCloud = deployment == "cloud"
    } else {
      // `https://host:port`
      let host = (WebAddress(url)?.shown ?? "").split(separator: "/").last?.split(separator: ":").first ?? ""
      isCloud = host == "api.atlassian.com" || host.hasSuffix(".atlassian.net")
    }
  }

  // MARK: Requests

  /// The newest issue of the project that has a label.
  func find(label: String) throws(DeliveryFailure) -> Issue? {
    let jql = "project = \(Self.quoted(project)) AND labels = \(Self.quoted(label)) ORDER BY created DESC"
    let answer = try send(
      "POST", isCloud ? "/search/jql" : "/search",
      ["jql": .string(jql), "maxResults": 1, "fields": ["status", "description"]])
    guard let issues = answer["issues"]?.list else { throw strange("a search", answer) }
    guard let found = issues.first else { return nil }
    guard let key = found["key"]?.string else { throw strange("a search", answer) }
    return Issue(
      key: key, description: found["fields"]?["description"]?.string ?? "",
      isDone: found["fields"]?["status"]?["statusCategory"]?["key"]?.string == "done")
  }

  func create(_ fields: Value) throws(DeliveryFailure) {
    let answer = try send("POST", "/issue", ["fields": fields])
    guard answer["key"]?.string != nil else { throw strange("a new issue", answer) }
  }

  /// - Parameter mark: where a comment has it, there is no second one.
  func comment(_ issue: Issue, _ body: String, unless mark: String) throws(DeliveryFailure) {
    let known = try send("GET", "/issue/\(Self.segment(issue.key))/comment?orderBy=-created&maxResults=50", nil)
    guard let comments = known["comments"]?.list else { throw strange("a list of comments", known) }
    if comments.contains(where: { $0["body"]?.string?.contains(mark) ?? false }) { return }
    _ = try send("POST", "/issue/\(Self.segment(issue.key))/comment", ["body": .string(body)])
  }

  /// Takes an issue into, or out of, a state that counts as done.
  ///
  /// - Parameter name: of the transition; nil: the first that leads there.
  func move(_ issue: Issue, by name: String?, toDone: Bool) throws(DeliveryFailure) {
    let path = "/issue/\(Self.segment(issue.key))/transitions"
    let answer = try send("GET", path, nil)
    guard let transitions = answer["transitions"]?.list else { throw strange("a list of transitions", answer) }
    func leads(_ transition: Value) -> Bool {
      (transition["to"]?["statusCategory"]?["key"]?.string == "done") == toDone
    }
    let chosen =
      name.map { name in transitions.first { $0["name"]?.string?.lowercased() == name.lowercased() } }
      ?? transitions.first { leads($0) && $0["name"]?.string?.lowercased().contains("reopen") ?? false }
      ?? transitions.first(where: leads)
    guard let id = chosen?["id"]?.string else {
      let names = transitions.compactMap { $0["name"]?.string }
      throw DeliveryFailure(
        "issue \(issue.key) has no transition " + (name.map { "\"\($0)\"" } ?? (toDone ? "to done" : "out of done")),
        quoting: names.isEmpty ? nil : "there are \(names.joined(separator: ", "))", isFinal: true)
    }
    _ = try send("POST", path, ["transition": ["id": .string(id)]])
  }

  private func send(_ method: String, _ path: String, _ content: Value?) throws(DeliveryFailure) -> Value {
    var request = try WebRequest("jira", "url", url, path: "/rest/api/2" + path, settings: settings)
    request.method = method
    request.longestAnswer = Self.longestAnswer
    if let content { request.setJSON(content) }
    request.setHeader("Accept", "application/json")
    request.setHeader("Authorization", authorization)
    // Without it, Data Center takes the request for one of a browser (XSRF).
    request.setHeader("X-Atlassian-Token", "no-check")
    let answer = try request.deliver(limit: limit, until: abandonment, words: Self.words)
    // Transitions are answered without content.
    if answer.status == 204 || answer.body.isEmpty { return .null }
    guard let value = answer.json else {
      throw DeliveryFailure(
        "\(request.address.shown) answered \(answer.status) with what is no JSON", quoting: answer.firstLine)
    }
    return value
  }

  /// `{"errorMessages":["…"],"errors":{"FIELD":"…"}}`
  private static func words(_ answer: WebRequest.Answer) -> String? {
    guard let fields = answer.json else { return answer.firstLine }
    let errors = (fields["errors"]?.map ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }
    let texts = (fields["errorMessages"]?.texts ?? []) + errors + [fields["message"]?.string].compactMap(\.self)
    return texts.isEmpty ? answer.firstLine : texts.joined(separator: "; ")
  }

  private func strange(_ what: String, _ answer: Value) -> DeliveryFailure {
    DeliveryFailure(
      "\(WebAddress(url)?.shown ?? "Jira") answered with what is not \(what)",
      quoting: String(JSON.encode(answer).prefix(200)))
  }

  /// A string in JQL.
  private static func quoted(_ text: String) -> String { "\"\(text.escaping("\\\""))\"" }

  /// A part of a path: what a server says is no key is no way to another resource.
  private static func segment(_ text: String) -> String {
    String(text.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
  }
}
