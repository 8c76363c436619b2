import BatonModel
import BatonResults

extension Subject {
  /// Every reader of results: whatever stands in a file, its items are the same in every window, can be written and read again,
  /// and what is not read is told.
  static var results: [Subject] {
    ResultFormat.allCases.map { format in
      Subject(
        name: format.rawValue, seeds: seeds(of: format), words: words(of: format),
        read: { text throws(FuzzError) in try check(text, format) })
    }
  }

  private static func check(_ text: [UInt8], _ format: ResultFormat) throws(FuzzError) -> Bool {
    let whole = items(text, format, window: 1 << 16)
    guard items(text, format, window: 256) == whole else { throw FuzzError("a small window gives other items") }
    let mayBeEmpty: Set<ResultFormat> = [.junit, .cobertura, .sarif, .lcov, .llvmcov, .contexts, .gotest, .swifttest]
    guard !whole.isEmpty || mayBeEmpty.contains(format) else {
      throw FuzzError("neither items nor a problem")
    }
    for item in whole {
      var line: [UInt8] = []
      ItemCoding.append(item, mask: nil, to: &line)
      guard line.last == 0x0A, line.dropLast().allSatisfy({ $0 != 0x0A }) else { throw FuzzError("no line: \(item)") }
      let again = line.dropLast().withContiguousStorageIfAvailable { ItemCoding.item($0) }
      guard again == .some(item) else { throw FuzzError("read again, it differs: \(item)") }
    }
    return !whole.contains { if case .problem = $0 { true } else { false } }
  }

  private static func items(_ text: [UInt8], _ format: ResultFormat, window: Int) -> [ResultItem] {
    var items: [ResultItem] = []
    ResultReader.read(bytes: text, label: "f", as: format, window: window) { items.append($0) }
    return items
  }

  private static func seeds(of format: ResultFormat) -> [String] {
    switch format {
    case .junit:
      [
        """
        <?xml version="1.0" encoding="UTF-8"?><!DOCTYPE a [<!ENTITY l "x">]><testsuites name="pytest tests">
        <testsuite name="pytest" time="1,234.5"><properties><property name="tag" value="v"/></properties>
        <testcase classname="a.B" name="test[1-2]" time="0.25" file="a.py" line="3"><failure message="m &lt; &#xE9; &l;" type="T">
        text <![CDATA[raw ]] > ]]></failure><system-out>[[ATTACHMENT|a/b.png]]</system-out></testcase><testcase name="x"/><testcase name="x"/>
        </testsuite></testsuites>
        """,
        """
        <testsuite name="s"><testcase name="Sum/0" value_param="1" status="notrun" result="suppressed"/><error message="whole"/>
        <testcase name="r"><failure/><rerunFailure message="again"><stackTrace>at</stackTrace></rerunFailure></testcase>
        <testcase name="f"><flakyFailure message="late"><system-out>x</system-out></flakyFailure><skipped/></testcase></testsuite>
        """,
        "<?xml version='1.0' encoding='ISO-8859-1'?><testsuite><testcase name='&amp;'/></testsuite>",
      ]
    case .tap:
      [
        "TAP version 14\n1..3\nok 1 - a\nnot ok 2 - b # TODO c\n  ---\n  message: 'm'\n  stack: |-\n    x\n  at: f.js:1:2\n  ...\nok 3 # SKIP\n",
        "# Subtest: s\n    # Subtest: t\n        ok 1 - x\n        1..1\n    ok 1 - t\n    1..1\nok 1 - s # time=2ms\nBail out! no\n",
      ]
    case .gotest:
      [
        """
        {"Action":"run","Package":"p","Test":"TestA/b"}
        {"Action":"output","Package":"p","Test":"TestA/b","Output":"    a_test.go:3: got 1\\n"}
        {"Action":"fail","Package":"p","Test":"TestA/b","Elapsed":0.5}
        {"Action":"output","Package":"p","Output":"BenchmarkX-8 \\t 100\\t 2.5 ns/op\\t 3 B/op\\n"}
        {"ImportPath":"q","Action":"build-output","Output":"broken\\n"}
        {"Action":"fail","Package":"q","FailedBuild":"q"}
        FAIL\tr [build failed]
        {"Action":"pass","Package":"p","Elapsed":1}

        """
      ]
    case .swifttest:
      [
        """
        {"kind":"test","payload":{"id":"M.S/f(_:)/F.swift:1:2","kind":"function","sourceLocation":{"fileID":"M/F.swift","line":1},"_tags":[".a"]},"version":0}
        {"kind":"event","payload":{"instant":{"absolute":1.5},"kind":"testStarted","testID":"M.S/f(_:)/F.swift:1:2"}}
        {"kind":"event","payload":{"instant":{"absolute":2},"kind":"testCaseStarted","testID":"M.S/f(_:)/F.swift:1:2","_testCase":{"id":"c","displayName":"1"}}}
        {"kind":"event","payload":{"issue":{"isKnown":false},"kind":"issueRecorded","messages":[{"text":"Expectation failed"}],"testID":"M.S/f(_:)/F.swift:1:2","_testCase":{"id":"c"}}}
        {"kind":"event","payload":{"instant":{"absolute":2.5},"kind":"testCaseEnded","testID":"M.S/f(_:)/F.swift:1:2","_testCase":{"id":"c"}}}
        {"kind":"event","payload":{"attachment":{"path":"a"},"kind":"valueAttached","testID":"M.S/f(_:)/F.swift:1:2"}}
        {"kind":"event","payload":{"kind":"testSkipped","messages":[{"text":"Test g() skipped: \\"no\\""}],"testID":"M.g()/F.swift:3:4"}}
        {"kind":"event","payload":{"instant":{"absolute":3},"kind":"testEnded","testID":"M.S/f(_:)/F.swift:1:2"}}
        {"kind":"event","payload":{"kind":"runEnded"}}

        """
      ]
    case .lcov:
      [
        "TN:\nSF:a.c\nFN:1,f\nFNDA:1,f\nDA:1,5\nDA:2,0,abc\nBRDA:1,0,0,1\nLF:2\nLH:1\nend_of_record\nSF:b\nDA:3,1e3\nend_of_record\n"
      ]
    case .cobertura:
      [
        "<coverage line-rate='1'><packages><package><classes><class filename='a.py'><methods/><lines><line number='1' hits='2'/>"
          + "<line number='3' hits='0'/></lines></class></classes></package></packages></coverage>"
      ]
    case .llvmcov:
      [
        #"{"data":[{"files":[{"branches":[[1]],"filename":"a.c","segments":[[1,5,3,true,true,false],[2,1,0,true,true,false],[4,2,0,false,false,false]]}],"functions":[]}],"type":"llvm.coverage.json.export"}"#
      ]
    case .contexts:
      [
        #"{"meta":{"show_contexts":true},"files":{"a.py":{"executed_lines":[1,2],"contexts":{"1":[""],"2":["t.py::a|run","t.py::b[1]|setup"]},"functions":{"f":{"contexts":{}}}},"b.py":{}}}"#
      ]
    case .sarif:
      [
        #"{"runs":[{"results":[{"ruleId":"a","level":"error","message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"file:///f"},"region":{"startLine":3}}}],"kind":"fail","suppressions":[]}],"tool":{"driver":{"name":"T","rules":[{"id":"a","properties":{"security-severity":"7.5"}}]}}}]}"#
      ]
    case .benchmark:
      [
        #"{"benchmarks":[{"run_name":"a","run_type":"iteration","real_time":1.5,"cpu_time":1,"time_unit":"ns","x":3},{"name":"e","error_occurred":true}]}"#,
        #"{"benchmarks":[{"fullname":"t","stats":{"median":1,"data":[1,2,3]}}],"results":[{"command":"c","median":2,"times":[1,2],"parameters":{"n":"1"}}]}"#,
        #"[{"benchmark":"j","primaryMetric":{"score":1.5,"scoreUnit":"ms","rawData":[[1,2]]}}]"#,
      ]
    case .metrics:
      [
        #"{"a":{"b":[1,2,{"c":3}],"value":4},"name":"n","value":5,"unit":"ms","z":NaN,"t":"é\u00e9\ud83d\ude00"}"#,
        "{\"metric\":\"x\",\"value\":1}\n[1,2,3]\n4\n",
      ]
    }
  }

  private static func words(of format: ResultFormat) -> [String] {
    let common = ["\0", "\u{FEFF}", "\n", "-1", "1e999", "99999999999999999999", "\u{1B}[0m", "é", "\\"]
    switch format {
    case .junit, .cobertura:
      return common + [
        "<", ">", "/>", "</", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE a [", "&", "&#0;", "&#x110000;",
        "\"", "'",
        "<testcase name='", "</testcase>", "<failure>", "<error/>", "<a><a><a><a>", "\u{FF}\u{FE}", " time='",
        "[[ATTACHMENT|",
        "<line number='", " hits='", "<class filename='",
      ]
    case .tap:
      return common + [
        "ok ", "not ok ", "    ", "1..", " # TODO", " # SKIP", "  ---", "  ...", "# Subtest: ", "Bail out!", "\\#",
        ": |-",
      ]
    case .lcov: return common + ["SF:", "DA:", "end_of_record", ",", "DA:1,"]
    case .gotest, .swifttest, .llvmcov, .contexts, .sarif, .benchmark, .metrics:
      return common + [
        "{", "}", "[", "]", ",", ":", "\"", "\\u", "\\ud83d", "null", "true", "NaN", "[[[[[[[[", "\"Action\":",
        "\"pass\"", "\"value\":",
        "\"name\":", "[2000000,1,1,true,true,false],", "\"kind\":", "\"runs\":", "\"Output\":",
      ]
    }
  }
}
