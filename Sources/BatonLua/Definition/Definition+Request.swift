import BatonModel

extension Definition {
  private static let requestFields = ["body", "expect", "headers", "json", "method", "url"]
  /// What a request has of what steps have.
  private static let stepFieldsOfRequests: Set<String> = [
    "allow_failure", "deadline", "description", "mutex", "priority", "resources", "retry", "tags", "timeout", "undo",
  ]
  private static let requestMethods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
  /// For one attempt, unless it says otherwise.
  private static let requestTimeout = Span(seconds: 30)

  /// Everything between the braces of `ctx:http {…}`.
  func readRequest(_ spec: LuaItem, _ reader: FieldReader) -> StepContent {
    var content = StepContent()
    guard case .table(let table) = spec else { return content }
    for index in table.items.indices {
      reader.error("a request has no members: its address stands in its field url", [.index(Int64(index + 1))])
    }
    var request: [String: Expr] = ["method": .literal(.string(table["body"] ?? table["json"] == nil ? "GET" : "POST"))]
    let options = OwnOptions()
    options.values.timeout = Self.requestTimeout
    options.values.retry = .ofCompensations
    options.values.given = ["timeout", "retry"]
    content.own = options
    for field in table.fields {
      let path = [PathKey.name(field.key)]
      switch field.key {
      case "method":
        guard let method = field.value.string?.uppercased(), Self.requestMethods.contains(method) else {
          reader.wrong(path, expected: "one of \(Self.requestMethods.joined(separator: ", "))", got: field.value)
          continue
        }
        request["method"] = .literal(.string(method))
      case "url", "body", "json", "headers", "expect":
        guard let value = reader.expr(field.value, path) else { continue }
        if field.key == "headers", field.value.table == nil || field.value.table?.items.isEmpty == false {
          reader.wrong(path, expected: "a table such as { Accept = \"application/json\" }", got: field.value)
        }
        request[field.key] = value
      default:
        if Self.stepFieldsOfRequests.contains(field.key) {
          read(field, reader, into: &content.own)
        } else {
          reader.unknown([], field.key, among: Self.requestFields + Self.stepFieldsOfRequests.sorted())
        }
      }
    }
    if table["url"] == nil { reader.error("\"url\" is missing", cure: "such as url = \"https://example.org/health\"") }
    if case .literal(.string(let url))? = request["url"], !url.hasPrefix("http://"), !url.hasPrefix("https://") {
      reader.error("\"url\" is no address of the web: \"\(url)\"", [.name("url")], cure: "http://… or https://…")
    }
    if table["body"] != nil, table["json"] != nil {
      reader.error("a request has either \"body\" or \"json\", not both", [.name("json")])
    }
    content.command = .request(.table(request))
    return content
  }
}
