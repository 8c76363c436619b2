/// Whether the file of a test is among those that changed, as far as its name tells the file.
///
/// `tests/test_sum.py::test_add` names it; `tests.test_sum.Sums.add` and `CoreTests.SumTests/add()` name it without folders and
/// extension, so that the end of a changed file's path has to be the beginning of the name; of `go test`, a changed
/// `cart/total_test.go` means each test of the package `…/cart`.
struct ChangedTests {
  /// Ends of paths, at least the file's own name, without extension.
  private var beginnings: Set<String> = []
  /// Ends of the folders of changed Go tests, and the folders themselves.
  private var packages: Set<String> = []

  init(_ changes: ChangedFiles?) {
    for file in changes?.files ?? [] {
      let parts = file.split(separator: "/").map(String.init)
      guard let name = parts.last, let point = name.lastIndex(of: "."), point > name.startIndex else { continue }
      if name.hasSuffix("_test.go") {
        packages.insert(parts.dropLast().joined(separator: "."))
        continue
      }
      let stem = String(name[..<point])
      var end = stem
      beginnings.insert(end)
      for folder in parts.dropLast().reversed() {
        end = "\(folder).\(end)"
        beginnings.insert(end)
      }
    }
  }

  func contains(_ name: String) -> Bool {
    if beginnings.isEmpty, packages.isEmpty { return false }
    let keys = TestKey.widening(TestKey.normalised(name))
    if keys.dropFirst().contains(where: beginnings.contains) || beginnings.contains(keys[0]) { return true }
    guard !packages.isEmpty else { return false }
    return keys.dropFirst().contains { key in
      packages.contains { package in package.isEmpty || key == package || key.hasSuffix("." + package) }
    }
  }
}
