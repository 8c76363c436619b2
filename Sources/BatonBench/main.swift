import Glibc

// Measures Baton beside its peers: scripts/bench.

do {
  if try LimitLoop.run(Array(CommandLine.arguments.dropFirst())) { exit(0) }
  let options = try BenchOptions(Array(CommandLine.arguments.dropFirst()))
  if options.help {
    print(BenchOptions.usage)
    exit(0)
  }
  let bench = try Bench(options)
  let results = try bench.run()
  print(options.json ? Report.json(results, options) : Report.table(results))
  exit(results.contains { $0.verdict == .missed } ? 1 : 0)
} catch {
  var standardError = StandardError()
  print("bench: \(error)", to: &standardError)
  exit(2)
}
