import BatonModel
import BatonResults
import BatonTestKit
import Testing

@testable import BatonMeasuring

@Suite struct ItemsAheadTests {
  private let folder = ScratchFolder()

  /// Cases of which every tenth failed with a long explanation; the file ends inside a tag.
  private func file(cases: Int) -> String {
    let stack = String(repeating: "at frame (file.py:12)\n", count: 1000)
    let lines = (0..<cases).map { number in
      let failure = number % 10 == 0 ? "<failure message=\"no \(number)\">\(stack)</failure>" : ""
      return "<testcase classname=\"c\" name=\"t\(number)\">\(failure)</testcase>\n"
    }
    return folder.write("r.xml", "<testsuite name=\"s\">\n\(lines.joined())<testcase")
  }

  private func items(_ path: String, directLimit: Int, upTo limit: Int = .max) -> [ResultItem] {
    var items: [ResultItem] = []
    ItemsAhead.forEachItem(of: path, label: "r.xml", as: .junit, directLimit: directLimit) { item in
      items.append(item)
      return items.count < limit
    }
    return items
  }

  @Test(arguments: [0, 1, 3000])
  func `a thread of its own reads what the taking one would have read`(cases: Int) {
    let path = file(cases: cases)
    let ahead = items(path, directLimit: 0)
    #expect(ahead == items(path, directLimit: .max))
    #expect(ahead.count == cases + 1)
    var isTold = false
    if case .problem(let text)? = ahead.last { isTold = text.hasSuffix("the file ends inside a tag") }
    #expect(isTold)
  }

  @Test(arguments: [1, 700])
  func `no more is read than is wanted`(limit: Int) {
    #expect(items(file(cases: 3000), directLimit: 0, upTo: limit).count == limit)
  }

  @Test func `a file that is not there is told`() {
    let told = ResultItem.problem("r.xml: cannot be opened: No such file or directory")
    #expect(items("\(folder.path)/none", directLimit: 0) == [told])
  }
}
