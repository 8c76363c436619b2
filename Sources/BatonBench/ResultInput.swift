import Glibc

/// A large file of results, as a suite of many small tests writes it: one case in a hundred failed, with its stack.
enum ResultInput {
  /// Writes JUnit XML of about so many bytes.
  static func writeJUnit(bytes: Int, to path: String) throws(BenchError) {
    guard let file = fopen(path, "w") else { throw BenchError("cannot write \(path)") }
    var written = fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites>\n", file)
    var suite = 0
    var size = 0
    while size < bytes, written >= 0 {
      let text = self.suite(suite)
      written = fputs(text, file)
      size += text.utf8.count
      suite += 1
    }
    if written >= 0 { written = fputs("</testsuites>\n", file) }
    guard fclose(file) == 0, written >= 0 else { throw BenchError("cannot write \(path)") }
  }

  private static let stack = (1...20).map {
    "    File &quot;/src/shop/module_\($0).py&quot;, line \($0 * 7), in call_\($0)\n      return self.next(item)\n"
  }.joined()

  private static func suite(_ number: Int) -> String {
    var text = "<testsuite name=\"shop.suite\(number)\" tests=\"1000\" failures=\"10\" time=\"12.500\">\n"
    for index in 0..<1000 {
      let start = "<testcase classname=\"shop.suite\(number).CartTest\" name=\"test_that_the_cart_adds_up"
      switch index % 100 {
      case 7:
        text +=
          "\(start)[\(index)-EUR]\" time=\"0.012\"><failure message=\"\(index) != \(number)\" type=\"AssertionError\">"
        text += stack + "</failure></testcase>\n"
      case 3, 13, 23, 33:
        text += "\(start)_\(index)\" time=\"0.003\"><system-out>connected in 3 ms</system-out></testcase>\n"
      default: text += "\(start)_\(index)\" time=\"0.001\"/>\n"
      }
    }
    return text + "</testsuite>\n"
  }

  /// Counts the cases and the failures with Python's expat.
  static let python = """
    import xml.parsers.expat
    counts = {}
    def start(name, attributes): counts[name] = counts.get(name, 0) + 1
    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = start
    with open("big.xml", "rb") as file: parser.ParseFile(file)
    print(counts)

    """
}
