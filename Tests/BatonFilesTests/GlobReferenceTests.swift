import BatonFiles
import BatonTestKit
import Glibc
import Testing

/// The walk, which looks only where a match can be, against a comparison of every path with the pattern.
@Suite struct GlobReferenceTests {
  @Test(arguments: 1...40)
  func `A walk finds what comparing every path with the patterns finds`(seed: Int) throws {
    var random = Sequence(seed: UInt64(seed))
    let folder = ScratchFolder()
    var files: Set<String> = []
    for _ in 0..<25 {
      let path = (0...random.below(4)).map { _ in random.pick(["a", "b", "ab", ".a", "a.c", "b.c"]) }.joined(
        separator: "/")
      // What is a folder already cannot become a file, nor the other way round.
      let clashes = files.contains { "\($0)/".hasPrefix("\(path)/") || "\(path)/".hasPrefix("\($0)/") }
      if !clashes {
        files.insert(path)
        folder.write(path)
      }
    }
    for _ in 0..<60 {
      let pattern = random.pattern()
      let excluded = random.below(3) == 0 ? random.pattern() : nil
      let wanted = files.filter { path in
        Reference.matches(pattern, path, excludes: false)
          && !(excluded.map { Reference.matches($0, path, excludes: true) } ?? false)
      }
      let found = try GlobSet([pattern] + (excluded.map { ["!\($0)"] } ?? [])).matches(in: FilePath(folder.path)).files
      let isSame = found.map(\.path.text) == wanted.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
      #expect(
        isSame, "\(pattern) without \(excluded ?? "nothing") found \(found.map(\.path.text)), not \(wanted.sorted())")
    }
  }

  /// What a pattern means, as plainly as it can be said.
  private enum Reference {
    static func matches(_ pattern: String, _ path: String, excludes: Bool) -> Bool {
      let components = pattern.split(separator: "/").map(String.init)
      let names = path.split(separator: "/").map(String.init)
      let last = components.last ?? ""
      let isPlain = !last.contains { "*?[".contains($0) }
      let onlyFolders = pattern.hasSuffix("/") && last != "**"
      let takesFolders = isPlain || onlyFolders || excludes

      func rest(_ component: Int, _ name: Int) -> Bool {
        if component == components.count { return name == names.count ? !onlyFolders : takesFolders }
        guard name < names.count else { return false }
        let isVisible = excludes || !names[name].hasPrefix(".")
        if components[component] == "**" {
          if component == components.count - 1 {
            return isVisible && (name + 1 == names.count || rest(component, name + 1))
          }
          return rest(component + 1, name) || (isVisible && rest(component, name + 1))
        }
        let flags = excludes ? 0 : FNM_PERIOD
        return fnmatch(components[component], names[name], flags) == 0 && rest(component + 1, name + 1)
      }
      return rest(0, 0)
    }
  }

  /// SplitMix64 (Steele, Lea, Flood): the same numbers for the same seed.
  private struct Sequence {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ limit: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
      return Int((value ^ value >> 31) % UInt64(limit))
    }

    mutating func pick(_ choices: [String]) -> String { choices[below(choices.count)] }

    mutating func pattern() -> String {
      let components = (0...below(4)).map { _ in
        pick(["a", "b", "ab", ".a", "a.c", "*", "?", "**", "*.c", "[ab]", "[!a]", ".*", "a*", "*b", "**"])
      }
      return components.joined(separator: "/") + (below(6) == 0 ? "/" : "")
    }
  }
}
