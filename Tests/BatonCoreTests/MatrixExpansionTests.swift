import BatonCore
import BatonModel
import Testing

@Suite struct MatrixExpansionTests {
  private func labels(
    _ axes: [String: [Value]], include: [[String: Value]] = [], exclude: [[String: Value]] = [], order: [String] = []
  ) throws -> [String] {
    try MatrixExpansion(axes: axes, include: include, exclude: exclude, order: order).cells().map(\.label)
  }

  @Test("cells are the product of the axes in alphabetical order, the first axis slowest") func product() throws {
    #expect(
      try labels(["os": ["linux", "mac"], "browser": ["chrome", "firefox"]]) == [
        "browser=chrome,os=linux", "browser=chrome,os=mac", "browser=firefox,os=linux", "browser=firefox,os=mac",
      ])
  }

  @Test("order puts its axes first, in the names and in time") func order() throws {
    #expect(
      try labels(["a": [1, 2], "b": [3], "c": [4]], order: ["c", "b"]) == ["c=4,b=3,a=1", "c=4,b=3,a=2"])
  }

  @Test("order with an axis that is not there is refused") func unknownOrder() {
    #expect(throws: MatrixExpansion.Failure.unknownAxis("oz")) { try labels(["os": [1]], order: ["oz"]) }
  }

  @Test("exclude takes away every cell that has all values of an entry") func exclude() throws {
    let axes: [String: [Value]] = ["os": ["linux", "mac"], "v": [1, 2]]
    #expect(try labels(axes, exclude: [["os": "mac"]]) == ["os=linux,v=1", "os=linux,v=2"])
    #expect(try labels(axes, exclude: [["os": "mac", "v": 2]]) == ["os=linux,v=1", "os=linux,v=2", "os=mac,v=1"])
    #expect(try labels(axes, exclude: [["os": "bsd"]]).count == 4)
  }

  /// The example of GitHub's documentation, "Expanding or adding matrix configurations".
  @Test("include extends the cells that it fits and adds those that it does not, as GitHub Actions does")
  func include() throws {
    let cells = try MatrixExpansion(
      axes: ["fruit": ["apple", "pear"], "animal": ["cat", "dog"]],
      include: [
        ["color": "green"], ["color": "pink", "animal": "cat"], ["fruit": "apple", "shape": "circle"],
        ["fruit": "banana"], ["fruit": "banana", "animal": "cat"],
      ], order: ["fruit", "animal"]
    ).cells()
    #expect(
      cells.map(\.values) == [
        ["fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"],
        ["fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"],
        ["fruit": "pear", "animal": "cat", "color": "pink"],
        ["fruit": "pear", "animal": "dog", "color": "green"],
        ["fruit": "banana"],
        ["fruit": "banana", "animal": "cat"],
      ])
    #expect(cells[0].label == "fruit=apple,animal=cat")
    #expect(cells[5].label == "fruit=banana,animal=cat")
  }

  @Test("a matrix of includes alone has a cell for each") func includesAlone() throws {
    #expect(try labels([:], include: [["a": 1], ["a": 2, "b": 3]]) == ["a=1", "a=2,b=3"])
  }

  @Test("an axis without values makes a matrix without cells") func emptyAxis() throws {
    #expect(try labels(["a": [], "b": [1, 2]]) == [])
    #expect(try labels([:]) == [])
  }

  @Test("a value twice on an axis is refused") func repeated() {
    #expect(throws: MatrixExpansion.Failure.repeated(axis: "a", value: 1)) { try labels(["a": [1, 2, 1]]) }
  }

  @Test("more cells than the limit are refused before they are made") func tooMany() {
    let axis = (1...1000).map { Value.integer($0) }
    #expect(throws: MatrixExpansion.Failure.tooMany(1_000_000)) { try labels(["a": axis, "b": axis]) }
    let axes = Dictionary(uniqueKeysWithValues: "abcdefghijklmnopqrstuvwxyz".map { (String($0), axis) })
    #expect(throws: MatrixExpansion.Failure.self) { try labels(axes) }
  }

  @Test("two cells with the same values are refused") func identical() {
    #expect(throws: MatrixExpansion.Failure.identical(label: "a=1")) { try labels([:], include: [["a": 1], ["a": 1]]) }
  }

  @Test("letters that mean something in a name are replaced, and the name stays unique") func oddValues() throws {
    let found = try labels(["v": ["a/b", "a_b", "a b", "", "x=1,y"]])
    #expect(Set(found).count == 5)
    #expect(found[1] == "v=a_b")
    #expect(found[0].hasPrefix("v=a_b~"))
    #expect(found.allSatisfy { !$0.dropFirst(2).contains { "/[]=, ".contains($0) } })
  }

  @Test("a long value is cut and keeps a digest") func longValue() throws {
    let long = String(repeating: "x", count: 100)
    let found = try labels(["v": [.string(long + "1"), .string(long + "2")]])
    #expect(found[0] != found[1])
    #expect(found.allSatisfy { $0.utf8.count < 60 })
  }

  @Test("values of other kinds read as their text, tables by their name") func kinds() throws {
    #expect(
      try labels(["v": [1, 1.5, true, ["name": "small", "size": 3]]]) == ["v=1", "v=1.5", "v=true", "v=small"])
  }

  @Test("cells whose names meet get a digest each") func meetingNames() throws {
    let found = try labels(["v": ["1", 1]])
    #expect(Set(found).count == 2)
    #expect(found.allSatisfy { $0.hasPrefix("v=1~") })
  }
}
