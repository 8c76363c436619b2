import BatonModel

/// Where something stands in a source file.
struct SwiftTestPlace {
  var file: String
  var line: Int

  init?(_ value: Value?) {
    guard let line = value?["line"]?.integer.flatMap({ Int(exactly: $0) }),
      let file = value?["fileID"]?.string ?? value?["filePath"]?.string ?? value?["_filePath"]?.string
    else { return nil }
    self.file = file
    self.line = line
  }
}

/// What a test's identifier says: `Shop.Prices/sum()/Prices.swift:8:4`.
struct SwiftTestID {
  /// The module and the types around the function: `Shop.Prices`.
  var className: String
  var name: String
  var file: String
  var line: Int

  /// Nil when it is no function's: a suite's.
  init?(_ id: String) {
    guard let slash = id.lastIndex(of: "/") else { return nil }
    let place = id[id.index(after: slash)...].split(separator: ":", omittingEmptySubsequences: false)
    guard place.count == 3, let line = Int(place[1]) else { return nil }
    // A name in back quotes may have slashes and points of its own.
    let path = id[..<slash]
    if let quote = path.firstIndex(of: "`") {
      let around = path[..<quote]
      let cut = around.lastIndex { $0 == "/" || $0 == "." } ?? around.startIndex
      className = around[..<cut].split(separator: "/").joined(separator: ".")
      name = String(path[quote...])
    } else if let cut = path.lastIndex(of: "/") {
      className = path[..<cut].split(separator: "/").joined(separator: ".")
      name = String(path[path.index(after: cut)...])
    } else {
      // A function outside of any type: `Shop.free()`.
      let cut = path.firstIndex(of: ".") ?? path.startIndex
      className = String(path[..<cut])
      name = String(path[cut...].drop { $0 == "." })
    }
    guard !name.isEmpty else { return nil }
    file = String(place[0])
    self.line = line
  }
}

/// One line of the event stream.
struct SwiftTestEvent {
  /// The kind of a record's payload: `function`, `testStarted`, `issueRecorded`…
  var kind = ""
  /// The identifier of the test.
  var test = ""
  /// What identifies a call with arguments, and those arguments.
  var call: String?
  var parameters: String?
  /// Since an arbitrary time.
  var seconds = 0.0
  var messages: [String] = []
  var isFailure = false
  var place: SwiftTestPlace?
  var attachment: String?
  var tags: [String] = []

  /// Nil when the line is no record.
  init?(_ line: UnsafeBufferPointer<UInt8>) {
    guard let record = try? JSON.decode(line), let payload = record["payload"], let kind = payload["kind"]?.string
    else {
      return nil
    }
    self.kind = kind
    if record["kind"]?.string == "test" {
      test = payload["id"]?.string ?? ""
      place = SwiftTestPlace(payload["sourceLocation"])
      tags = (payload["tags"] ?? payload["_tags"])?.list?.compactMap(\.string) ?? []
      tags = tags.prefix(TestOutcome.attachmentLimit).map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
      return
    }
    test = payload["testID"]?.string ?? ""
    call = payload["_testCase"]?["id"]?.string
    parameters = payload["_testCase"]?["displayName"]?.string
    seconds = payload["instant"]?["absolute"]?.number ?? 0
    messages = payload["messages"]?.list?.compactMap { $0["text"]?.string } ?? []
    attachment = payload["attachment"]?["path"]?.string
    if let issue = payload["issue"] {
      isFailure =
        issue["isFailure"]?.bool ?? (issue["isKnown"]?.bool != true && issue["severity"]?.string != "warning")
      place = SwiftTestPlace(issue["sourceLocation"])
    }
  }

  /// Why a test was skipped or cancelled: `Test pay() skipped: "no card reader"`.
  var reason: String? {
    guard let text = messages.first, let colon = text.firstRange(of: ": ") else { return nil }
    let reason = text[colon.upperBound...]
    return reason.hasPrefix("\"") && reason.hasSuffix("\"") && reason.count > 1
      ? String(reason.dropFirst().dropLast()) : String(reason)
  }
}
