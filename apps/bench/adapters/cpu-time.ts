import type { Contender } from "./interleave.ts";
import type { ScientificCase, ScientificPeer } from "./scientific-peer.ts";

// Shorter blocks would time the clock of a core that is still waking up.
const BLOCK_MS = 250;

/** Milliseconds of processor time per call, over all threads of this process, of work repeated until the block is long enough to time. */
function cpuPerCall(work: () => void): number {
  const start = process.cpuUsage();
  for (let times = 1; ; times++) {
    work();
    const { user, system } = process.cpuUsage(start);
    const spentMs = (user + system) / 1000;
    if (spentMs >= BLOCK_MS) return spentMs / times;
  }
}

/** A contender of this process, timed by the processor time it takes. */
export function ownContender(name: string, work: () => void): Contender {
  return { name, block: () => Promise.resolve(cpuPerCall(work)) };
}

/** Contenders that share one Python process; each is handed its case again only after another one ran. */
export function peerContenders(peer: ScientificPeer): (name: string, work: ScientificCase) => Contender {
  let current: ScientificCase | undefined;
  return (name, work) => {
    let times = 1;
    return {
      name,
      block: async () => {
        if (current !== work) await peer.open(work);
        current = work;
        const { cpuSeconds, answer, reason } = await peer.run(times);
        if (answer === undefined) throw new Error(`${name} gave up: ${reason}`);
        const perCall = (1000 * cpuSeconds) / times;
        times = Math.max(1, Math.ceil(BLOCK_MS / Math.max(perCall, 0.01)));
        return perCall;
      },
    };
  };
}
