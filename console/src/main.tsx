import "@cloudscape-design/global-styles/index.css";
import "./console.css";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { beginAppearance } from "./appearance";

beginAppearance();
const place = document.getElementById("console");
if (place === null) throw new Error("index.html has no place for the console");
createRoot(place).render(<App />);
