import BatonChecks
import BatonModel
import Glibc
import Testing

/// Mistakes that were planted in a workflow that looks like others.
@Suite struct PlantedTests {
  private func text(_ name: String) throws -> String {
    let file = #filePath
    let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let stream = try #require(fopen("\(folder)/Planted/\(name)", "r"))
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(stream), byte != EOF { bytes.append(UInt8(byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `every planted mistake is found at its line, and nothing else`() throws {
    let source = try text("release.lua")
    var wanted: [String] = []
    for (number, line) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard let mark = line.firstRange(of: "-- PLANTED ") else { continue }
      let words = line[mark.upperBound...].split(separator: " ")
      let place = words.firstIndex(of: "AT").map { String(words[$0 + 1]) } ?? String(number + 1)
      for code in words.prefix(while: { $0 != "AT" }) { wanted.append("\(code) \(place)") }
    }
    try #require(wanted.count >= 10)
    let found = Look.check(source, file: "release.lua").findings()
    let told = found.map { "\($0.code) \($0.diagnostic.place?.line ?? 0)" }
    #expect(told.sorted() == wanted.sorted(), "\(found.map(\.text.text).joined(separator: "\n"))")
  }
}
