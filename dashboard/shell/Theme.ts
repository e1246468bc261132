/** Light or dark: the system's setting, until the user chooses. */
import { computed, effect, signal } from "@preact/signals"

export type Theme = "light" | "dark"

const KEY = "theme"

/** Storage may be forbidden; the choice then lasts as long as the page. */
const stored = (): Theme | undefined => {
  try {
    const value = localStorage.getItem(KEY)
    return value === "light" || value === "dark" ? value : undefined
  } catch {
    return undefined
  }
}

const system = matchMedia("(prefers-color-scheme: dark)")
const systemIsDark = signal(system.matches)
const chosen = signal(stored())

export const theme = computed<Theme>(() => chosen.value ?? (systemIsDark.value ? "dark" : "light"))

export const toggleTheme = (): void => {
  chosen.value = theme.value === "dark" ? "light" : "dark"
  try {
    localStorage.setItem(KEY, chosen.value)
  } catch {
    // Storage may be forbidden.
  }
}

/** Keeps the document's theme as chosen. */
export const startTheme = (): void => {
  system.addEventListener("change", ({ matches }) => {
    systemIsDark.value = matches
  })
  effect(() => {
    if (chosen.value !== undefined) document.documentElement.dataset["theme"] = chosen.value
  })
}

const probe = document.createElement("span")
probe.hidden = true

/** The current value of a colour of tokens.css, for canvas, which has no variables. */
export const colour = (name: string): string => {
  if (!probe.isConnected) document.body.append(probe)
  probe.style.color = `var(--${name})`
  return getComputedStyle(probe).color
}
