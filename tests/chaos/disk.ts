import type { Place } from "../acceptance/tasker.ts";
import { isApart } from "./apart.ts";
import { systemCommand } from "./system_command.ts";

const ROOMY = "2g";

/**
 * The folder of the database: a file system of its own in memory where that is possible, which can then be made as small
 * as what is on it.
 */
export class Disk {
  readonly folder: string;
  readonly isOwn: boolean;
  #isFull = false;

  private constructor(folder: string, isOwn: boolean) {
    this.folder = folder;
    this.isOwn = isOwn;
  }

  static async at(folder: string): Promise<Disk> {
    await Deno.mkdir(folder, { mode: 0o700 });
    const mounted = isApart &&
      await systemCommand("mount", "-t", "tmpfs", "-o", `size=${ROOMY},mode=700`, "tmpfs", folder) !== undefined;
    return new Disk(folder, mounted);
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Leaves room for a few KiB more than what is there. */
  async fill(spareKibibytes: number): Promise<void> {
    for (let spare = spareKibibytes; !this.#isFull; spare += 64) {
      const used = (await systemCommand("df", "-k", "--output=used", this.folder))?.match(/\d+/)?.[0];
      if (used === undefined) throw new Error(`df does not say how much of ${this.folder} is used`);
      // Refused when more was written in the meantime.
      this.#isFull = await this.#resize(`${Number(used) + spare}k`);
    }
  }

  async free(): Promise<void> {
    if (!this.isOwn || !this.#isFull) return;
    if (!await this.#resize(ROOMY)) throw new Error(`the file system at ${this.folder} cannot be made larger again`);
    this.#isFull = false;
  }

  /** Copies the files to where they stay, when no process has them open any more; gives the folder. */
  async keep(place: Place): Promise<string> {
    const folder = `${place.folder}/kept`;
    await Deno.mkdir(folder, { mode: 0o700 });
    for await (const { name } of Deno.readDir(this.folder)) {
      await Deno.copyFile(`${this.folder}/${name}`, `${folder}/${name}`);
    }
    await this.#unmount();
    return folder;
  }

  async remove(place: Place): Promise<void> {
    await this.#unmount();
    place[Symbol.dispose]();
  }

  async #unmount(): Promise<void> {
    if (this.isOwn) await systemCommand("umount", this.folder);
  }

  async #resize(size: string): Promise<boolean> {
    return await systemCommand("mount", "-o", `remount,size=${size}`, this.folder) !== undefined;
  }
}
