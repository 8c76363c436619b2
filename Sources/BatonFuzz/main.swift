import Glibc

// Feeds mutated texts to everything that reads what others wrote: scripts/fuzz.

do {
  let options = try FuzzOptions(Array(CommandLine.arguments.dropFirst()))
  for subject in try options.subjects() {
    let fuzzer = try Fuzzer(subject, seed: options.seed, folder: options.folder)
    let outcome = try fuzzer.run(rounds: options.rounds)
    print("\(subject.name): \(outcome.rounds) texts, \(outcome.accepted) of them accepted")
  }
} catch {
  print("fuzz: \(error)")
  exit(1)
}
