// A small disk of its own for one program: a file system in a loop-mounted file, which can lose its power, fill up and
// come back. Needs root and loop devices; Disk.possible() says why not.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const sh = (command, args) => execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

export class Disk {
  // Empty where it works here; else the reason.
  static possible() {
    if (process.getuid() !== 0) return 'a disk that loses its power needs root';
    if (!existsSync('/dev/loop-control')) return 'there are no loop devices';
    return '';
  }
  constructor(dir, { bin, megabytes = 64 } = {}) {
    this.powercut = path.join(bin, 'holeshot-powercut');
    this.image = path.join(dir, 'disk.img');
    this.mountpoint = path.join(dir, 'disk');
    mkdirSync(this.mountpoint, { recursive: true });
    writeFileSync(this.image, '');
    truncateSync(this.image, megabytes << 20);
    sh('mkfs.ext4', ['-q', '-F', '-m', '0', '-O', '^metadata_csum_seed', this.image]);
    this.mount();
  }
  mount() { sh('mount', ['-o', 'loop,noatime', this.image, this.mountpoint]); }
  file(name) { return path.join(this.mountpoint, name); }
  // The power goes: nothing that was not synced survives, and whoever has files open here gets errors.
  cut() { sh(this.powercut, [this.mountpoint]); }
  // The power comes back. REQUIRES: nobody has a file open here.
  restore() {
    sh('umount', [this.mountpoint]);
    this.mount();
  }
  free() { const s = statfsSync(this.mountpoint); return s.bavail * s.bsize; }
  // Takes all but `left` bytes of the free room.
  fill(left = 0) {
    const size = this.free() - left;
    if (size > 0) { try { sh('fallocate', ['-l', String(size), this.file('filler')]); } catch { /* as full as it gets */ } }
  }
  // Synced: a power cut would bring the filler back, and with it a disk that nobody can free.
  unfill() {
    rmSync(this.file('filler'), { force: true });
    sh('sync', ['-f', this.mountpoint]);
  }
  close() { try { sh('umount', ['-l', this.mountpoint]); } catch { /* was not mounted */ } }
}
