// Timers by name: arming one that runs already moves it. Real timers come from the environment.

export interface TimerEnv {
  setTimer(run: () => void, ms: number): number;
  clearTimer(id: number): void;
}

export class Timers<Name extends string> {
  private readonly ids = new Map<Name, number>();

  constructor(private readonly env: TimerEnv) {}

  arm(name: Name, ms: number, run: () => void): void {
    this.disarm(name);
    const fire = (): void => {
      this.ids.delete(name);
      run();
    };
    this.ids.set(name, this.env.setTimer(fire, ms));
  }

  disarm(name: Name): void {
    const id = this.ids.get(name);
    if (id === undefined) return;
    this.ids.delete(name);
    this.env.clearTimer(id);
  }

  has(name: Name): boolean {
    return this.ids.has(name);
  }

  clear(): void {
    for (const name of [...this.ids.keys()]) this.disarm(name);
  }
}
