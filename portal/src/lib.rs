//! iRoam portal
