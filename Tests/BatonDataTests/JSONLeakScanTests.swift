import BatonData
import BatonModel
import Testing

@Suite struct JSONLeakScanTests {
  private static let rules = #"""
    {
      "columns": {"id": "shape", "name": "name", "contact.email": "email", "contact.phones": "shape", "note": "text", "friends": {"keys": "token", "values": "keep"}, "*": "keep"}
    }
    """#
  private static let original = #"""
    {"id":100001,"name":"Josephine Abernathy","contact":{"email":"josephine.abernathy@corp.com","phones":["0170 5550101"]},"note":"called josephine.abernathy@corp.com","city":"Paris"}
    {"id":100002,"name":"Bartholomew Quill","contact":{"email":"bq@corp.com","phones":[]},"note":"nothing, really","city":"Rome","friends":{"Josephine Abernathy":2}}

    """#

  private func scan(_ alter: (String) -> String) throws -> LeakScan.Result {
    try PlantedLeaks(.jsonl, rules: Self.rules, original: Self.original).scan(alter)
  }

  @Test func `a masking leaves nothing`() throws {
    let result = try scan { $0 }
    #expect(result.isClean && result.rows == 2 && result.cells == 12, "\(result)")
    #expect(result.values >= 6)
  }

  @Test(arguments: [
    ("as it is", "josephine.abernathy@corp.com", LeakScan.Finding.Kind.leak),
    ("inside of a word", "xxbartholomewquillyy", .leak), ("of a list", "tel 01705550101", .leak),
    ("a number", "no. 100002.", .leak), ("in Base64", "Sm9zZXBoaW5lIEFiZXJuYXRoeQ==", .encoded),
  ]) func `a planted leak is found`(_ how: String, _ text: String, _ kind: LeakScan.Finding.Kind) throws {
    let result = try scan { $0.replacing("Rome", with: text) }
    #expect(
      result.findings.contains { $0.line == 2 && $0.column == "city" && $0.kind == kind }, "\(how): \(result.findings)")
    let inText = try scan { $0.replacing("nothing, really", with: text) }
    #expect(inText.findings.contains { $0.line == 2 && $0.column == "note" }, "\(how): \(inText.findings)")
  }

  @Test func `a name that stands twice is refused, as the first of the values would be seen by nobody`() {
    let error = #expect(throws: BatonError.self) {
      try scan { $0.replacing(#""city":"Rome""#, with: #""city":"Josephine Abernathy","city":"Rome""#) }
    }
    #expect(error?.message.contains("twice") == true && error?.place?.line == 2, "\(error as Any)")
  }

  @Test func `what was left, altered, added or taken away is found`() throws {
    func expect(
      _ kind: LeakScan.Finding.Kind, _ line: Int, _ column: String, _ alter: (String) -> String,
      _ place: SourceLocation = #_sourceLocation
    ) throws {
      let result = try scan(alter)
      #expect(
        result.findings.contains { $0.kind == kind && $0.line == line && $0.column == column }, "\(result.findings)",
        sourceLocation: place)
    }
    func replacing(_ field: String, in line: Int, by value: Value) -> (String) -> String {
      { text in
        var lines = text.split(separator: "\n").map(String.init)
        guard case .map(var record)? = try? JSON.decode(lines[line - 1]) else { return "" }
        record[field] = value
        lines[line - 1] = JSON.encode(.map(record))
        return lines.joined(separator: "\n") + "\n"
      }
    }
    try expect(.unchanged, 1, "id", replacing("id", in: 1, by: .integer(100001)))
    try expect(.foreign, 2, "name", replacing("name", in: 2, by: .string("Somebody Else")))
    try expect(.foreign, 2, "note", replacing("note", in: 2, by: ["a": "Quill"]))
    try expect(.foreign, 1, "contact.phones", replacing("contact", in: 1, by: ["email": "", "phones": ["1", "2"]]))
    try expect(.foreign, 2, "friends.*", replacing("friends", in: 2, by: ["Josephine Abernathy": 2]))
    try expect(.leak, 2, "friends.*", replacing("friends", in: 2, by: ["Josephine Abernathy": 2]))
    try expect(.leak, 1, "more.*", replacing("more", in: 1, by: ["bartholomew-quill": 1]))
    try expect(.foreign, 1, "more", replacing("more", in: 1, by: ["x": 1]))
    let told = try scan(replacing("friends", in: 2, by: ["Josephine Abernathy": ["bartholomew-quill": 2]]))
    let asName = try scan {
      $0.replacing("}\n", with: #","more":{"Bartholomew Quill":{"city":"bq@corp.com"}}}"# + "\n")
    }
    #expect(asName.findings.contains { $0.column == "more.*.city" })
    for finding in told.findings + asName.findings {
      for name in ["Josephine", "quill"] {
        #expect(
          !"\(finding.column) \(finding.from)".contains(name), "what it tells must not be a leak itself: \(finding)")
      }
    }
    #expect(throws: BatonError.self) {
      try scan { $0.split(separator: "\n").dropLast().joined(separator: "\n") + "\n" }
    }
  }
}
