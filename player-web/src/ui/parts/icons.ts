/**
 * The icons: 20 × 20, one stroke of 1.6 with round ends; `fill` shapes are solid. Drawn for iRoam.
 */
export interface Drawing {
  stroke?: string
  fill?: string
}

export const icons = {
  recent: { stroke: 'M10 3.5a6.5 6.5 0 1 1-6.2 4.6M10 6.5V10l2.5 2M3.2 4.4l.5 3.8 3.7-.7' },
  albums: { stroke: 'M3.5 6.5h13v10h-13zM5 4h10M10 13.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4' },
  artists: { stroke: 'M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6M4 17c.5-3.4 2.9-5 6-5s5.5 1.6 6 5' },
  songs: { stroke: 'M7.5 15V5l9-1.8v10M7.5 15a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0M16.5 13.2a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0' },
  videos: { stroke: 'M3 5h14v10H3zM8.5 7.8v4.4l3.7-2.2z' },
  search: { stroke: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11M13.2 13.2 17 17' },
  home: { stroke: 'M3.5 9.5 10 4l6.5 5.5M5.5 8.5V16h9V8.5' },
  queue: { stroke: 'M3 5h14M3 9h14M3 13h7M3 17h7M13.5 12.2v4.6l3.7-2.3z' },
  play: { fill: 'M6 3.6v12.8a.6.6 0 0 0 .9.5l10.3-6.4a.6.6 0 0 0 0-1L6.9 3.1a.6.6 0 0 0-.9.5z' },
  pause: { fill: 'M5.5 3.5h3v13h-3zM11.5 3.5h3v13h-3z' },
  next: { fill: 'M4 4.3v11.4c0 .4.5.7.9.4L13 10.5V16h2V4h-2v5.5L4.9 3.9c-.4-.3-.9 0-.9.4z' },
  previous: { fill: 'M16 4.3v11.4c0 .4-.5.7-.9.4L7 10.5V16H5V4h2v5.5l8.1-5.6c.4-.3.9 0 .9.4z' },
  shuffle: { stroke: 'M3 6h2.5c4 0 4.5 8 8.5 8H17M3 14h2.5c1.4 0 2.3-1 3-2.2M11.3 8.2C12 7 12.7 6 14 6h3M15 4l2 2-2 2M15 12l2 2-2 2' },
  repeat: { stroke: 'M4 9V8a2.5 2.5 0 0 1 2.5-2.5H16M14 3.5l2 2-2 2M16 11v1a2.5 2.5 0 0 1-2.5 2.5H4M6 16.5l-2-2 2-2' },
  repeatOne: { stroke: 'M4 9V8a2.5 2.5 0 0 1 2.5-2.5H16M14 3.5l2 2-2 2M16 11v1a2.5 2.5 0 0 1-2.5 2.5H4M6 16.5l-2-2 2-2M9.3 9l1.2-.8v3.8' },
  volume: { stroke: 'M3.5 8v4h2.8L10 15V5L6.3 8zM13 7.5a3.5 3.5 0 0 1 0 5M15 5.5a6.3 6.3 0 0 1 0 9' },
  muted: { stroke: 'M3.5 8v4h2.8L10 15V5L6.3 8zM13 8l4 4M17 8l-4 4' },
  more: { fill: 'M4.5 8.6a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8M10 8.6a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8M15.5 8.6a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8' },
  close: { stroke: 'M5 5l10 10M15 5 5 15' },
  up: { stroke: 'M10 16V5M5.5 9 10 4.5 14.5 9' },
  down: { stroke: 'M10 4v11M5.5 11l4.5 4.5 4.5-4.5' },
  chevronDown: { stroke: 'M5 7.5l5 5 5-5' },
  back: { stroke: 'M12.5 4.5 7 10l5.5 5.5' },
  forward: { stroke: 'M7.5 4.5 13 10l-5.5 5.5' },
  check: { stroke: 'M4 10.5 8 14.5 16 5.5' },
  expand: { stroke: 'M11.5 3.5h5v5M8.5 16.5h-5v-5M16 4l-5 5M4 16l5-5' },
  shrink: { stroke: 'M16.5 8.5h-5v-5M3.5 11.5h5v5M12 8l5-5M8 12l-5 5' },
  fullscreen: { stroke: 'M3.5 7.5v-4h4M12.5 3.5h4v4M16.5 12.5v4h-4M7.5 16.5h-4v-4' },
  browser: { stroke: 'M3 4h14v12H3zM7.7 4v12M12.3 4v12' },
  settings: { stroke: 'M3 6h8M15 6h2M13 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4M3 14h2M9 14h8M7 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4' },
  keyboard: { stroke: 'M2.5 5.5h15v9h-15zM6 8.5h.01M9 8.5h.01M12 8.5h.01M14.5 8.5h.01M6.5 11.7h7' },
  signOut: { stroke: 'M8 3.5H4v13h4M12.5 6.5 16 10l-3.5 3.5M16 10H8' },
  theme: { stroke: 'M10 3.5a6.5 6.5 0 1 0 0 13z M10 3.5a6.5 6.5 0 0 1 0 13' },
  plus: { stroke: 'M10 4v12M4 10h12' },
  clock: { stroke: 'M10 16.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M10 6.5V10l2.5 1.5' },
  cloudOff: { stroke: 'M3 3l14 14M6.5 7.2A4 4 0 0 0 6 15h8.5M9 5.2a4.5 4.5 0 0 1 5.5 3.9 3 3 0 0 1 1.9 4.9' },
  wall: { stroke: 'M3 4.5h14v11H3zM3 8.2h14M3 11.8h14M8 4.5v3.7M13 8.2v3.6M8 11.8v3.7' },
  warning: { stroke: 'M10 3.5 17.5 16.5h-15zM10 8.5v3.5M10 14.3v.01' },
  disc: { stroke: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14M10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4' },
  grip: { fill: 'M7 5a1 1 0 1 1 2 0 1 1 0 0 1-2 0M11 5a1 1 0 1 1 2 0 1 1 0 0 1-2 0M7 10a1 1 0 1 1 2 0 1 1 0 0 1-2 0M11 10a1 1 0 1 1 2 0 1 1 0 0 1-2 0M7 15a1 1 0 1 1 2 0 1 1 0 0 1-2 0M11 15a1 1 0 1 1 2 0 1 1 0 0 1-2 0' },
  share: { stroke: 'M8 5.5H4v11h11v-4M11.5 3.5h5v5M16 4l-7.5 7.5' },
  shared: { stroke: 'M7.5 9.5a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2M2.8 16.2c.4-2.9 2.3-4.3 4.7-4.3s4.3 1.4 4.7 4.3M12.7 9.4a2.3 2.3 0 1 0-.7-4.4M13.8 12c1.9.3 3 1.7 3.4 4.2' },
  link: { stroke: 'M8.3 11.7a3.1 3.1 0 0 0 4.4 0l2.8-2.8a3.1 3.1 0 0 0-4.4-4.4l-1.3 1.3M11.7 8.3a3.1 3.1 0 0 0-4.4 0l-2.8 2.8a3.1 3.1 0 0 0 4.4 4.4l1.3-1.3' },
  mail: { stroke: 'M3 5h14v10.5H3zM3.5 5.5 10 11l6.5-5.5' },
  moon: { stroke: 'M16.2 12A6.7 6.7 0 0 1 8 3.8a6.7 6.7 0 1 0 8.2 8.2z' },
  flag: { stroke: 'M5 17V3.5h9.5l-2.2 3.3 2.2 3.2H5' },
} satisfies Record<string, Drawing>

export type IconName = keyof typeof icons
